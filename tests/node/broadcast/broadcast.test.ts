import { GrammyError, HttpError } from 'grammy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBroadcasts } from '../../../node/broadcast/broadcast.ts';
import { createLog } from '../../../node/log.ts';
import { TransportFailure } from '../../../node/telegram/errors.ts';
import { tempStore } from '../../support/store.ts';

const log = createLog({ level: 'silent', format: 'json' });
const refusal = (error_code: number, description: string, parameters = {}) =>
  new GrammyError(
    'copyMessage',
    { ok: false, error_code, description, parameters },
    'copyMessage',
    {},
  );

describe('a broadcast', () => {
  let temp: ReturnType<typeof tempStore>;
  let got: number[];
  let waited: number[];
  let ended: (value: unknown) => void;
  let end: Promise<unknown>;
  /** What goes wrong for whom, the first first. */
  let faults: Map<number, unknown[]>;
  beforeEach(async () => {
    temp = tempStore();
    [got, waited, faults] = [[], [], new Map()];
    end = new Promise((resolve) => {
      ended = resolve;
    });
    for (let id = 1; id <= 250; id++) await temp.store.users.seen({ id }, 1);
  });
  afterEach(() => temp.close());

  const create = (change: { sleep?: (ms: number) => Promise<unknown> } = {}) =>
    createBroadcasts({
      api: {
        copyMessage: async (chat) => {
          const fault = faults.get(Number(chat))?.shift();
          if (fault) throw fault;
          got.push(Number(chat));
          return { message_id: 1 };
        },
      },
      store: temp.store,
      log,
      now: () => 5000,
      sleep: async (ms) => void waited.push(ms),
      onEnd: async (broadcast) => ended(broadcast),
      ...change,
    });
  const start = async (broadcasts: ReturnType<typeof create>) => {
    await broadcasts.draft(900, 77);
    return broadcasts.start();
  };

  it('reaches everybody once, paced, except who is banned or has blocked the bot', async () => {
    await temp.store.users.change(3, { bannedAt: 1 });
    await temp.store.users.change(4, { blockedAt: 1 });
    await temp.store.users.seen({ id: -100 }, 1);
    expect(await start(create())).toBe(true);
    expect(await end).toMatchObject({ phase: 'done', of: 248, sent: 248, blocked: 0, failed: 0 });
    expect(new Set(got).size).toBe(248);
    expect(waited.every((ms) => ms === 50)).toBe(true);
  });

  it('counts and remembers who has blocked the bot, and waits as long as Telegram asks', async () => {
    faults.set(2, [refusal(403, 'Forbidden: bot was blocked by the user')]);
    faults.set(5, [refusal(429, 'Too Many Requests', { retry_after: 7 })]);
    const gone = new TransportFailure('not_sent', 'ECONNREFUSED', 'no connection', false);
    faults.set(6, [new HttpError('failed', gone)]);
    faults.set(7, [refusal(400, 'Bad Request: something else')]);
    await start(create());
    expect(await end).toMatchObject({ sent: 248, blocked: 1, failed: 1 });
    expect((await temp.store.users.find(2))?.blockedAt).toBe(5000);
    expect(got.filter((id) => id === 5 || id === 6)).toEqual([5, 6]);
    expect(waited).toContain(7000);
  });

  it('goes on after a restart where it stopped', async () => {
    let first: ReturnType<typeof create>;
    const closing = new Promise<void>((resolve) => {
      first = create({
        sleep: async () => {
          if (got.length === 120) {
            void first.close();
            resolve();
          }
        },
      });
      void start(first);
    });
    await closing;
    expect(got).toHaveLength(120);
    await create().resume();
    expect(await end).toMatchObject({ phase: 'done', sent: 250 });
    expect(got).toEqual(Array.from({ length: 250 }, (_, at) => at + 1));
  });

  it('stops when told, and sends nothing that was only a draft', async () => {
    const broadcasts = create();
    await broadcasts.draft(900, 77);
    await broadcasts.stop();
    expect(await broadcasts.start()).toBe(false);
    expect(got).toEqual([]);
  });
});
