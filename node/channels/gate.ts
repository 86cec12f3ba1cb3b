/** Asks a person to join first, and takes up what they wanted once they have. */
import { type ChatParts, reply, type Talk } from '../chat/parts.ts';

/**
 * Does what a person wants when they are a member of what has to be joined; else they are told
 * what to join, and it is done once they have.
 */
export async function whenMember(
  parts: Pick<ChatParts, 'api' | 'membership'>,
  talk: Talk,
  goOn: (talk: Talk) => Promise<unknown>,
): Promise<void> {
  const { request, user, texts } = talk;
  const missing = await parts.membership.missing(user.id);
  if (missing.length === 0) {
    await goOn(talk);
    return;
  }
  await parts.membership.hold(request);
  const { join, checkAgain } = texts.admin.notices;
  const channels = missing.map(({ name }) => name);
  const keyboard = [[{ text: checkAgain, callback_data: 'j' }]];
  await reply(parts, request, join({ channels }), keyboard);
}
