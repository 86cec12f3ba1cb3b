import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { owedWords } from '../../../node/jobs/unsaid.ts';
import { createLastWords } from '../../../node/jobs/words.ts';
import { type Board, createBoard } from '../../../node/status/board.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { TransportFailure } from '../../../node/telegram/errors.ts';
import { JobError } from '../../../shared/errors.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { newJob, tempStore } from '../../support/store.ts';

const RULES = { bootId: 'boot-1', now: 5000, leaseMs: 30_000, perUser: 4, skipSites: [] };
const MB = 1024 * 1024;
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
    owing({
      open: () => {},
      cancelled: async () => {},
      async ended(job, words) {
        if (said.length >= reach) throw new TransportFailure('not_sent', '', 'refused', false);
        said.push(`${job.id} ${words(textsFor('en'))}`);
      },
    });
  const owing = (board: Pick<Board, 'open' | 'ended' | 'cancelled'>, more = {}) => {
    const parts = { store: temp.store, log: silent, now: () => 8000, board };
    const words = createLastWords({ ...parts, offer: () => undefined });
    return owedWords({ ...parts, words, ...more });
  };

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
    const parts = {
      ...{ remember: async () => {}, expect: async () => {}, log: silent },
      strayed: async () => true,
      near: async () => ({ known: new Set<number>(), ahead: 0 }),
    };
    const owed = owing(createBoard({ ...parts, transport: transport as never }));
    await owed.say();
    await owed.close();
    expect(said).toEqual([77]);
  });

  it('tell what the first try would have told, also after a restart', async () => {
    const job = await claimed();
    const error = new JobError('too_large', '', { size: 90 * MB, limit: 50 * MB });
    await temp.store.jobs.end(job, { state: 'failed', now: 6000, error, unsaid: true });
    const said: string[] = [];
    const owed = saying(9, said);
    await owed.say();
    await owed.close();
    expect(said[0]).toContain('90');
    expect(said[0]).toContain('50');
  });

  it('are left to the run that says them just now, where several nodes share the work', async () => {
    const job = await claimed();
    await temp.store.jobs.end(job, { state: 'failed', now: 8000, unsaid: true });
    const said: string[] = [];
    const ended = async ({ id }: JobRow) => void said.push(`${id}`);
    const board = { open: () => {}, cancelled: async () => {}, ended };
    for (const now of [8000, 8000 + 59_000, 8000 + 61_000]) {
      const owed = owing(board, { now: () => now, mayI: async () => true });
      await owed.say();
      await owed.close();
      expect(said).toHaveLength(now > 8000 + 60_000 ? 1 : 0);
    }
  });

  it('are said by whoever has the turn as soon as that run could not', async () => {
    const job = await claimed();
    await temp.store.jobs.end(job, { state: 'failed', now: 8000, unsaid: true });
    const ended = async () => {
      throw new TransportFailure('not_sent', '', 'no way to Telegram from here', false);
    };
    const parts = { store: temp.store, log: silent, now: () => 8000 };
    const cutOff = { open: () => {}, cancelled: async () => {}, ended };
    const flight = createLastWords({ ...parts, board: cutOff, offer: () => undefined });
    expect(await flight.say(job, new JobError('not_found'), 'abcdef01')).toBe(false);
    const said: string[] = [];
    const board = { ...cutOff, ended: async ({ id }: JobRow) => void said.push(`${id}`) };
    const other = owing(board, { now: () => 8001, mayI: async () => true });
    await other.say();
    await other.say();
    await other.close();
    expect(said).toEqual([`${job.id}`]);
  });

  it('are said once when a run and the debt collector meet', async () => {
    const job = await claimed();
    await temp.store.jobs.end(job, { state: 'failed', now: 6000, unsaid: true });
    let calls = 0;
    let answer = () => {};
    const board = {
      ...{ open: () => {}, cancelled: async () => {} },
      ended: () => {
        calls += 1;
        return new Promise<void>((done) => {
          answer = done;
        });
      },
    };
    const parts = { store: temp.store, log: silent, now: () => 8000, board };
    const words = createLastWords({ ...parts, offer: () => undefined });
    const first = words.say(job, new JobError('not_found'), 'abcdef01');
    const owed = owedWords({ ...parts, words });
    const second = owed.say();
    await vi.waitFor(() => expect(calls).toBe(1));
    answer();
    expect(await first).toBe(true);
    await second;
    await owed.close();
    expect(calls).toBe(1);
    expect(await temp.store.jobs.unsaid()).toEqual([]);
  });
});
