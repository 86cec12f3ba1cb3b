/**
 * Where accepted requests wait until they are handled. A request is a row before anyone hears
 * "taken"; those of one chat are handled in order, those of different chats at once.
 */
import type { HandOver, JobRequest } from '../../shared/wire.ts';
import type { Log } from '../log.ts';
import type { Gates } from '../queue/gates.ts';
import type { Updates } from '../store/updates.ts';

export interface InboxParts {
  updates: Updates;
  light: Gates['light'];
  handle(request: JobRequest): Promise<void>;
  log: Log;
}

export interface Inbox {
  /** Durable when it answers `new`; never throws. */
  take(request: JobRequest): Promise<HandOver>;
  /** Handles what an earlier process accepted and did not finish. */
  resume(): Promise<number>;
  /** Answers `closing` from now on and waits for what is being handled. */
  close(): Promise<void>;
}

/** Minutes of a storm at full rate; past this the edge tells Telegram to come back. */
const MAX_WAITING = 2000;
const RETRY_AFTER_S = 10;
/** A request that keeps killing the process is left alone at last. */
const MAX_ATTEMPTS = 3;

const refused = (reason: 'full' | 'closing'): HandOver => ({
  taken: 'no',
  reason,
  retryAfter: RETRY_AFTER_S,
});

export function createInbox({ updates, light, handle, log }: InboxParts): Inbox {
  const chains = new Map<number, Promise<void>>();
  let waiting = 0;
  let closing = false;

  async function run(request: JobRequest): Promise<void> {
    try {
      await handle(request);
      await updates.settle(request.updateId, 'done');
    } catch (err) {
      log.error({ update: request.updateId, err }, 'an update could not be handled');
      await updates.settle(request.updateId, 'failed').catch(() => {
        // The database refuses writes: the row stays pending and is handled after a restart.
      });
    }
  }

  function enqueue(request: JobRequest): void {
    waiting += 1;
    const before = chains.get(request.chat.id) ?? Promise.resolve();
    const chain = before
      .then(() => light.add(() => run(request)))
      .finally(() => {
        waiting -= 1;
        if (chains.get(request.chat.id) === chain) chains.delete(request.chat.id);
      });
    chains.set(request.chat.id, chain);
  }

  return {
    async take(request) {
      if (closing) return refused('closing');
      if (waiting >= MAX_WAITING) return refused('full');
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
      const left = await updates.pending();
      for (const { request, attempt } of left) {
        if (attempt >= MAX_ATTEMPTS) {
          log.error({ update: request.updateId }, 'given up on an update after three crashes');
          await updates.settle(request.updateId, 'failed');
          continue;
        }
        await updates.attempt(request.updateId);
        enqueue(request);
      }
      return left.length;
    },
    async close() {
      closing = true;
      await Promise.all(chains.values());
    },
  };
}
