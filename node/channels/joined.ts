/** The button "I have joined": what the person wanted goes on by itself. */
import type { ChatParts, Talk } from '../chat/parts.ts';

export async function joined(
  parts: ChatParts,
  { request, user }: Talk,
  messageId: number | undefined,
): Promise<'notYet' | 'expired' | 'working'> {
  const { membership } = parts;
  membership.forget(user.id);
  if ((await membership.missing(user.id)).length > 0) return 'notYet';
  const held = await membership.release(user.id);
  if (messageId !== undefined) {
    await parts.api.deleteMessage(request.chat.id, messageId).catch((err) => {
      parts.log.debug({ err }, 'an answered question could not be removed');
    });
  }
  if (!held) return 'expired';
  await parts.takeUp(held);
  return 'working';
}
