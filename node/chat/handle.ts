/** One accepted request goes to the part that answers it. */
import type { JobRequest } from '../../shared/wire.ts';
import { whenMember } from '../channels/gate.ts';
import { pressButton } from './buttons.ts';
import { answerClip } from './clip-question.ts';
import { runCommand } from './commands.ts';
import { takeLinks } from './download.ts';
import { groupChanged, groupSettings } from './group.ts';
import { answerInline, startWithLink } from './inline.ts';
import { type ChatParts, reply, type Talk, talkOf } from './parts.ts';
import { typedRange } from './playlist.ts';

export async function handleRequest(parts: ChatParts, request: JobRequest): Promise<void> {
  const { ask } = request;
  if (ask.kind === 'member') return memberChanged(parts, request, ask.status);
  const talk = await talkOf(parts, request);
  switch (ask.kind) {
    case 'download':
      if (talk.chat?.enabled === 0) return;
      await whenMember(parts, talk, (now) => takeLinks(parts, now, ask));
      return;
    case 'button':
      return pressButton(parts, talk, ask);
    case 'command':
      return command(parts, talk, ask);
    case 'document':
      if (await parts.admin.document(talk, ask)) return;
      await reply(parts, request, talk.texts.noLink);
      return;
    case 'text':
      if (await answerClip(parts, talk, ask)) return;
      if (await typedRange(parts, talk, ask.text)) return;
      // In a group it was a reply to the bot, but people there also just talk.
      if (!talk.chat) await reply(parts, request, talk.texts.noLink);
      return;
    case 'inline':
      return answerInline(parts, talk, ask);
  }
}

type CommandAsk = Extract<JobRequest['ask'], { kind: 'command' }>;

async function command(parts: ChatParts, talk: Talk, ask: CommandAsk): Promise<void> {
  const own = parts.botName()?.toLowerCase();
  if (ask.mention && own && ask.mention.toLowerCase() !== own) return;
  if (talk.chat && ask.name === 'settings') return groupSettings(parts, talk);
  if (ask.name === 'start' && (await startWithLink(parts, talk, ask.args))) return;
  if (await runCommand(parts, talk, ask)) return;
  if (await parts.admin.command(talk, ask)) return;
  // A group has other bots, and their commands are none of ours.
  if (talk.request.chat.type !== 'private' && !ask.mention) return;
  await reply(parts, talk.request, talk.texts.unknownCommand);
}

/** In a private chat this tells that a person blocked the bot or came back. */
async function memberChanged(
  parts: ChatParts,
  request: JobRequest,
  status: Extract<JobRequest['ask'], { kind: 'member' }>['status'],
): Promise<void> {
  const { store, now } = parts;
  const gone = status === 'kicked' || status === 'left';
  if (request.chat.type === 'private') {
    await store.users.seen(request.user, now());
    await store.users.change(request.user.id, { blockedAt: gone ? now() : null });
    return;
  }
  await groupChanged(parts, request, status);
}
