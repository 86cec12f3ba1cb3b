/** Asks a person to join first, and takes up what they wanted once they have. */
import type { JobRequest } from '../../shared/wire.ts';
import { type ChatParts, reply, type Talk } from '../chat/parts.ts';

/** True when the person may go on; else they were told what to join. */
export async function mayPass(
  parts: Pick<ChatParts, 'api' | 'membership'>,
  { request, user, texts }: Talk,
): Promise<boolean> {
  const missing = await parts.membership.missing(user.id);
  if (missing.length === 0) return true;
  parts.membership.hold(request);
  const { join, checkAgain } = texts.admin.notices;
  const channels = missing.map(({ name }) => name);
  const keyboard = [[{ text: checkAgain, callback_data: 'j' }]];
  await reply(parts, request, join({ channels }), keyboard);
  return false;
}

/** The request that was held, when the person has joined by now; `not_yet` when not. */
export async function heldRequest(
  { membership }: Pick<ChatParts, 'membership'>,
  userId: number,
): Promise<JobRequest | 'not_yet' | undefined> {
  membership.forget(userId);
  if ((await membership.missing(userId)).length > 0) return 'not_yet';
  return membership.release(userId);
}
