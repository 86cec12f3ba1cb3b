/** Commands everyone may use. */
import { MAX_LINKS } from '../../shared/wire.ts';
import { MB } from '../config/config.ts';
import { QUESTION_SPACE } from '../store/people.ts';
import { cancelJob } from './cancel-job.ts';
import { type ChatParts, type Command, reply, type Talk } from './parts.ts';
import { screenCommands } from './screens/commands.ts';

const start: Command = async (parts, { request, texts }) => {
  await reply(parts, request, texts.start({ name: request.user.name }));
};

const help: Command = async (parts, { request, texts }) => {
  const limitMb = Math.floor(parts.maxFileBytes / MB);
  await reply(parts, request, texts.help({ limitMb, maxLinks: MAX_LINKS }));
};

/** Everything of this person that waits or runs in this chat. */
const cancel: Command = async (parts, { request, user, texts }) => {
  await parts.store.state.remove(QUESTION_SPACE, String(user.id));
  const live = await parts.store.jobs.ofUser(
    user.id,
    ['queued', 'running', 'sending', 'asking'],
    200,
  );
  const here = live.filter(({ chatId }) => chatId === request.chat.id);
  const stopped = await Promise.all(here.map((job) => cancelJob(parts, job)));
  const count = stopped.filter(Boolean).length;
  const answer = count > 0 ? texts.cancel.done({ jobs: count }) : texts.cancel.nothing;
  await reply(parts, request, answer);
};

const COMMANDS: Record<string, Command> = { start, help, cancel, ...screenCommands };

/** Runs a command; false when there is none of that name. */
export async function runCommand(
  parts: ChatParts,
  talk: Talk,
  { name, args }: { name: string; args: string },
): Promise<boolean> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  await command?.(parts, talk, args);
  return command !== undefined;
}
