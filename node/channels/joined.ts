/** The button "I have joined": what the person wanted goes on by itself. */
import { takeLinks } from '../chat/download.ts';
import { type ChatParts, type Talk, talkOf } from '../chat/parts.ts';
import { heldRequest } from './gate.ts';

export async function joined(
  parts: ChatParts,
  { request, user }: Talk,
  messageId: number | undefined,
): Promise<'notYet' | 'expired' | 'working'> {
  const held = await heldRequest(parts, user.id);
  if (held === 'not_yet') return 'notYet';
  if (messageId !== undefined) {
    await parts.api.deleteMessage(request.chat.id, messageId).catch((err) => {
      parts.log.debug({ err }, 'an answered question could not be removed');
    });
  }
  if (held?.ask.kind !== 'download') return 'expired';
  await takeLinks(parts, await talkOf(parts, held), held.ask);
  return 'working';
}
