/** Copies a message to person after person, and writes down after each how far it came. */
import type { Api } from 'grammy';
import type { Store } from '../store/store.ts';
import { telegramFault } from '../telegram/errors.ts';
import { sendWith } from '../telegram/send-context.ts';
import type { Broadcast, BroadcastRecord } from './record.ts';

export interface SendAllParts {
  api: Pick<Api, 'copyMessage'>;
  users: Store['users'];
  record: Pick<BroadcastRecord, 'write'>;
  /** The node ends. */
  closing(): boolean;
  /** Cut off from the database: another node goes on where the row says. */
  isMine(): boolean;
  stopped(): boolean;
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

/** Telegram takes 30 messages a second in all; deliveries need some of them. */
export const PER_SECOND = 20;
const PAGE = 100;
const UNREACHABLE_MS = 10_000;

/** The broadcast as it ended; undefined when it goes on at another node or after the start. */
export async function sendAll(
  parts: SendAllParts,
  begun: Broadcast,
): Promise<Broadcast | undefined> {
  let broadcast = begun;
  for (;;) {
    const people = await parts.users.reachable(broadcast.after, PAGE);
    if (people.length === 0) return { ...broadcast, phase: 'done' };
    for (const { id } of people) {
      if (parts.closing() || !parts.isMine()) return undefined;
      if (parts.stopped()) return { ...broadcast, phase: 'stopped' };
      broadcast = await sendToNext(parts, id, broadcast);
      await parts.sleep(1000 / PER_SECOND);
    }
  }
}

async function sendToNext(
  parts: SendAllParts,
  userId: number,
  broadcast: Broadcast,
): Promise<Broadcast> {
  const outcome = await sendTo(parts, userId, broadcast);
  if (outcome === 'blocked') await parts.users.change(userId, { blockedAt: parts.now() });
  const next = { ...broadcast, after: userId, [outcome]: broadcast[outcome] + 1 };
  await parts.record.write(next);
  return next;
}

type Outcome = 'sent' | 'blocked' | 'failed';

/** Waits as long as Telegram asks; what may have arrived is not sent again. */
async function sendTo(
  { api, closing, sleep }: SendAllParts,
  userId: number,
  { admin, message }: Broadcast,
): Promise<Outcome> {
  for (;;) {
    try {
      await sendWith({ priority: 'status' }, () => api.copyMessage(userId, admin, message));
      return 'sent';
    } catch (error) {
      const fault = telegramFault(error);
      if (fault.kind === 'blocked' || fault.kind === 'chat_gone') return 'blocked';
      if (closing() || (fault.kind !== 'flood' && fault.kind !== 'unreachable')) return 'failed';
      await sleep(fault.kind === 'flood' ? fault.retryAfter * 1000 : UNREACHABLE_MS);
    }
  }
}
