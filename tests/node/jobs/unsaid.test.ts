import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { owedWords } from '../../../node/jobs/unsaid.ts';
import { createBoard } from '../../../node/status/board.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { TransportFailure } from '../../../node/telegram/errors.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { newJob, tempStore } from '../../support/store.ts';

const RULES = { bootId: 'boot-1', now: 5000, leaseMs: 30_000, perUser: 4, skipSites: [] };
const silent = { warn: () => {}, error: () => {} } as never;

describe('last words that are owed', () => {
  let temp: ReturnType<typeof tempStore>;
  beforeEach(() => {
    temp = tempStore();
  });
  afterEach(() => temp.close());

  const claimed = async () => {
    const row = newJob();
    await temp.store.jobs.add(row.updateId, [row]);
    return (await temp.store.jobs.claim(RULES)) as JobRow;
  };
  /** A board that says so much and then finds Telegram out of reach. */
  const saying = (reach: number, said: string[]) =>
    owedWords({
      ...{ store: temp.store, log: silent, now: () => 8000, offer: () => undefined },
      board: {
        open: () => {},
        show: () => {},
        cancelled: async () => {},
        async ended(job, words) {
          if (said.length >= reach) throw new TransportFailure('not_sent', '', 'refused', false);
          said.push(`${job.id} ${words(textsFor('en'))}`);
        },
      },
    });

  it('are said after the crash that made them, once each, also by a later start', async () => {
    const asked = await claimed();
    await temp.store.jobs.beginSending(asked);
    await temp.store.jobs.lastByteSent(asked);
    const dead = await claimed();
    temp.sqlite.prepare('UPDATE jobs SET crashes = 2 WHERE id = ?').run(dead.id);
    await temp.store.jobs.recover('boot-2', 7000);

    const said: string[] = [];
    const first = saying(1, said);
    await first.say();
    await first.close();
    expect(said).toEqual([`${asked.id} ${textsFor('en').uncertain}`]);
    const second = saying(9, said);
    await second.say();
    await second.say();
    await second.close();
    expect(said).toHaveLength(2);
    const { errorId } = (await temp.store.jobs.find(dead.id)) as JobRow;
    expect(errorId).toMatch(/^[0-9a-f]{8}$/);
    expect(said[1]).toMatch(new RegExp(`^${dead.id} .*${errorId}`, 's'));
  });

  it('are owed no longer when the person answered the question', async () => {
    const asked = await claimed();
    await temp.store.jobs.beginSending(asked);
    await temp.store.jobs.lastByteSent(asked);
    await temp.store.jobs.recover('boot-2', 7000);
    expect(await temp.store.jobs.answered(asked.id, 8000)).toEqual({ was: true, jobs: [] });
    expect(await temp.store.jobs.unsaid()).toEqual([]);
  });

  it('take the place of the progress, although its message left the board with the first try', async () => {
    const job = await claimed();
    await temp.store.jobs.setStatusMessage(job.id, 77);
    await temp.store.jobs.end(job, { state: 'failed', now: 6000, unsaid: true });
    const said: unknown[] = [];
    const transport = {
      say: async () => said.push('a message of its own'),
      forJob: () => ({ settle: async (id: number) => void said.push(id) }),
    };
    const parts = { remember: async () => {}, expect: async () => {}, log: silent };
    const owed = owedWords({
      ...{ store: temp.store, log: silent, now: () => 8000, offer: () => undefined },
      board: createBoard({ ...parts, transport: transport as never }),
    });
    await owed.say();
    await owed.close();
    expect(said).toEqual([77]);
  });
});
