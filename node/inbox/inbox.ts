/**
 * Where accepted requests wait until they are handled. A request is a row before anyone hears
 * "taken"; those of one chat are handled in order, those of different chats at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { HandOver, JobRequest } from '../../shared/wire.ts';
import type { Log } from '../log.ts';
import type { Gates } from '../queue/gates.ts';
import type { Updates } from '../store/updates.ts';
import { paceByDoor } from './pace.ts';

export interface InboxParts {
  updates: Updates;
  light: Gates['light'];
  handle(request: JobRequest): Promise<void>;
  /** The failure may pass (a full disk, no way to Telegram): the request is tried again. */
  passing(error: unknown): boolean;
  /** The database takes no writes: nothing could be settled, so it is tried for as long as it takes. */
  storeAway?: (error: unknown) => boolean;
  /** Says sorry for a request that is given up. */
  giveUp(request: JobRequest): Promise<void>;
  /** Told of each as it comes in, also of what an earlier process accepted. */
  heard?: (request: JobRequest) => void;
  /** Another node shall take what is new. */
  draining?: () => boolean;
  log: Log;
  /** Ends early when the signal fires. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface Inbox {
  /** Durable when it answers `new`; never throws. */
  take(request: JobRequest): Promise<HandOver>;
  /** Handles what an earlier process accepted and did not finish; nothing is taken before. */
  resume(): Promise<number>;
  /** Handles what a node that is gone accepted and did not finish; answers how many. */
  adopt(): Promise<number>;
  /**
   * Answers `closing` from now on and waits for what is being handled. What waits behind it stays
   * a row, for the next start or another node: after a storm that may be thousands.
   */
  close(): Promise<void>;
}

/** Minutes of a storm at full rate; past this the edge tells Telegram to come back. */
const MAX_WAITING = 2000;
const RETRY_AFTER_S = 10;
/** A request that keeps killing the process is left alone at last. */
const MAX_ATTEMPTS = 3;
/** ms before a request whose failure may pass is tried again; then it is given up. */
const LONGEST_PAUSE = 120_000;
const PAUSES = [1_000, 5_000, 30_000, LONGEST_PAUSE];

const refused = (reason: 'full' | 'closing'): HandOver => ({
  taken: 'no',
  reason,
  retryAfter: RETRY_AFTER_S,
});

export function createInbox(parts: InboxParts): Inbox {
  const { updates, light, handle, log, sleep = realSleep } = parts;
  const atTheDoor = paceByDoor({ light });
  const chains = new Map<number, Promise<void>>();
  /** Of an earlier process, and not begun by this one. */
  const left = new Set<number>();
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Before what was left is read, a new row would be read along with it and run twice. */
  let open = false;
  let waiting = 0;

  /** The pauses are spent outside the gate: one chat's trouble takes no place of another's. */
  async function run(request: JobRequest): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      const failure = await light.add(async () => (signal.aborted ? undefined : attempt(request)));
      if (!failure) return;
      const pause = pauseAfter(failure.error, tries);
      if (pause === undefined) return abandon(request, failure.error);
      log.warn({ update: request.updateId, err: failure.error, pause }, 'an update is tried again');
      await sleep(pause, signal).catch(() => {
        // Woken by the end of the node.
      });
      // The row stays pending for the next start.
      if (signal.aborted) return;
    }
  }

  function pauseAfter(error: unknown, tries: number): number | undefined {
    if (parts.storeAway?.(error)) return PAUSES[Math.min(tries, PAUSES.length - 1)];
    return parts.passing(error) ? PAUSES[tries] : undefined;
  }

  async function attempt(request: JobRequest): Promise<{ error: unknown } | undefined> {
    try {
      // Only one that was begun can be what killed the process, however many wait behind it.
      if (left.delete(request.updateId)) await updates.attempt(request.updateId);
      await handle(request);
      await updates.settle(request.updateId, 'done');
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  async function abandon(request: JobRequest, err: unknown): Promise<void> {
    log.error({ update: request.updateId, err }, 'an update could not be handled');
    try {
      // Untold the row stays pending: the next start tells it.
      if (await tellGivenUp(request)) await updates.settle(request.updateId, 'failed');
    } catch (cause) {
      // The database refuses writes: the row stays pending and is handled after a restart.
      log.error({ update: request.updateId, err: cause }, 'an update could not be settled');
    }
  }

  /** As long as there is no way to Telegram the word is owed; false when the node ends first. */
  async function tellGivenUp(request: JobRequest): Promise<boolean> {
    for (let tries = 0; tries === 0 || !signal.aborted; tries += 1) {
      try {
        await parts.giveUp(request);
        return true;
      } catch (cause) {
        log.warn({ update: request.updateId, err: cause }, 'and nobody could be told');
        if (!parts.passing(cause)) return true;
        await sleep(PAUSES[tries] ?? LONGEST_PAUSE, signal).catch(() => {
          // Woken by the end of the node.
        });
      }
    }
    return false;
  }

  function enqueue(request: JobRequest): void {
    parts.heard?.(request);
    waiting += 1;
    const before = chains.get(request.chat.id) ?? Promise.resolve();
    const chain = before
      .then(() => run(request))
      .finally(() => {
        waiting -= 1;
        if (chains.get(request.chat.id) === chain) chains.delete(request.chat.id);
      });
    chains.set(request.chat.id, chain);
  }

  async function takeUp(): Promise<number> {
    const pending = await updates.pending((updateId) =>
      log.error({ update: updateId }, 'a stored update is not understood and is given up'),
    );
    for (const { request, attempt: tried } of pending) {
      if (tried >= MAX_ATTEMPTS) {
        void abandon(request, new Error('three starts did not survive it'));
        continue;
      }
      left.add(request.updateId);
      enqueue(request);
    }
    return pending.length;
  }

  return {
    async take(request) {
      if (signal.aborted || !open || parts.draining?.()) return refused('closing');
      if (waiting >= MAX_WAITING) return refused('full');
      atTheDoor();
      try {
        const taken = await updates.accept(request);
        if (taken === 'new') enqueue(request);
        return { taken };
      } catch (err) {
        // A full disk, most likely: what is not written must not be acknowledged.
        log.error({ update: request.updateId, err }, 'an update could not be stored');
        return refused('full');
      }
    },
    async resume() {
      const found = await takeUp();
      open = true;
      return found;
    },
    adopt: async () => (signal.aborted ? 0 : takeUp()),
    async close() {
      stopping.abort();
      await Promise.all(chains.values());
    },
  };
}

const realSleep = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal });
