/** The one broadcast there is, as it is kept: over a restart, and for all nodes. */
import * as v from 'valibot';
import type { State } from '../store/state.ts';

const Broadcast = v.object({
  phase: v.picklist(['draft', 'sending', 'done', 'stopped']),
  /** The admin, whose private chat holds the message that is copied. */
  admin: v.number(),
  message: v.number(),
  /** How many persons there were at the start. */
  of: v.number(),
  /** The last person it went to. */
  after: v.number(),
  sent: v.number(),
  blocked: v.number(),
  failed: v.number(),
});
export type Broadcast = v.InferOutput<typeof Broadcast>;

export interface BroadcastRecord {
  read(): Promise<Broadcast | undefined>;
  write(broadcast: Broadcast): Promise<void>;
  /** Of several nodes: a stop was pressed at one that does not send. */
  stopWished(): Promise<boolean>;
  wishStop(): Promise<void>;
  /** It has ended: the next one is not meant. */
  forgetWish(): Promise<void>;
}

/** Where the nodes of a database find it. */
export const SPACE = 'broadcast';

export const broadcastRecord = (state: State, now: () => number): BroadcastRecord => ({
  read: () => state.get(SPACE, 'current', Broadcast),
  write: (broadcast) => state.set(SPACE, 'current', broadcast, now()),
  stopWished: async () => (await state.get(SPACE, 'stop', v.boolean())) ?? false,
  wishStop: () => state.set(SPACE, 'stop', true, now()),
  forgetWish: () => state.remove(SPACE, 'stop'),
});
