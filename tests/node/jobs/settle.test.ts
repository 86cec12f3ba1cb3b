import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settleFailure } from '../../../node/jobs/settle.ts';
import { Stopped } from '../../../node/jobs/stopped.ts';
import { createLastWords } from '../../../node/jobs/words.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { TransportFailure } from '../../../node/telegram/errors.ts';
import { JobError } from '../../../shared/errors.ts';
import { newJob, tempStore } from '../../support/store.ts';

const RULES = { bootId: 'boot-1', now: 5000, leaseMs: 30_000, perUser: 4, skipSites: [] };
const silent = { info: () => {}, warn: () => {}, error: () => {} } as never;

describe('the end of a run that failed', () => {
  let temp: ReturnType<typeof tempStore>;
  let said: string[];
  let job: JobRow;
  beforeEach(async () => {
    temp = tempStore();
    said = [];
    const row = newJob();
    await temp.store.jobs.add(row.updateId, [row]);
    job = (await temp.store.jobs.claim(RULES)) as JobRow;
  });
  afterEach(() => temp.close());

  const settle = (
    error: unknown,
    signal = new AbortController().signal,
    { store = temp.store, ended = async (): Promise<void> => void said.push('ended') } = {},
  ) => {
    const board = {
      show: () => void said.push('shown'),
      cancelled: async () => void said.push('cancelled'),
      ended,
    };
    const parts = { store, board, log: silent, now: () => 6000 };
    const words = createLastWords({ ...parts, offer: () => undefined });
    const sites = { failed: () => said.push('failed'), pausedUntil: () => undefined };
    return settleFailure({ ...parts, words, sites } as never, job, error, signal);
  };
  const row = () => temp.store.jobs.find(job.id);

  it('is told to the person once it is certain', async () => {
    const error = await settle(new JobError('private_video'));
    expect(error?.code).toBe('private_video');
    expect(said).toEqual(['failed', 'ended']);
    expect(await row()).toMatchObject({ state: 'failed' });
    expect(await temp.store.jobs.unsaid()).toEqual([]);
  });

  it('is written before it is told, so that no crash in between can tell it twice', async () => {
    const before: unknown[] = [];
    const ended = async () =>
      void before.push((await row())?.state, (await temp.store.jobs.unsaid()).length);
    await settle(new JobError('private_video'), undefined, { ended });
    expect(before).toEqual(['failed', 1]);
  });

  it('is not told while it cannot be written: the job runs again', async () => {
    const full = async () => {
      throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    };
    const store = { ...temp.store, jobs: { ...temp.store.jobs, end: full } };
    await expect(settle(new JobError('private_video'), undefined, { store })).rejects.toThrow();
    expect(said).toEqual(['failed']);
  });

  it('is owed when Telegram does not hear it', async () => {
    const ended = async () => {
      throw new TransportFailure('not_sent', 'ECONNREFUSED', 'refused', false);
    };
    await settle(new JobError('private_video'), undefined, { ended });
    expect((await temp.store.jobs.unsaid()).map(({ id }) => id)).toEqual([job.id]);
  });

  it.each([
    ['waits for another run', false],
    ['runs elsewhere', true],
  ])('is kept silent when its job %s', async (_, again) => {
    await temp.store.jobs.recover('boot-2', 7000);
    if (again) await temp.store.jobs.claim({ ...RULES, bootId: 'boot-2' });
    const before = await row();
    for (const thrown of [new JobError('private_video'), new JobError('uncertain')])
      expect(await settle(thrown)).toBeUndefined();
    expect(said).toEqual([]);
    expect(await row()).toEqual(before);
  });

  it('gives back a job whose lease is about to end, without a word', async () => {
    const lost = AbortSignal.abort(new Stopped('lost'));
    expect(await settle(new Error('aborted'), lost)).toBeUndefined();
    expect(said).toEqual([]);
    expect(await row()).toMatchObject({ state: 'queued', attempt: 0 });
  });
});
