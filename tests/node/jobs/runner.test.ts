import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Flight } from '../../../node/jobs/flights.ts';
import { createRunner, type Runner, type RunnerParts } from '../../../node/jobs/runner.ts';
import { Stopped } from '../../../node/jobs/stopped.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { newJob, tempStore } from '../../support/store.ts';

const silent = { warn: () => {}, error: () => {}, info: () => {} } as never;

interface Flying {
  job: JobRow;
  flight: Flight;
  end(error?: Error): void;
}

describe('the runner', () => {
  let temp: ReturnType<typeof tempStore>;
  let runner: Runner;
  let flying: Flying[];
  let held: boolean;
  let jump: number;
  let most: number;
  let parts: RunnerParts;

  const place = { count: 2 };

  beforeEach(() => {
    vi.useFakeTimers();
    temp = tempStore();
    flying = [];
    held = false;
    jump = 0;
    most = 0;
    place.count = 2;
    parts = {
      jobs: temp.store.jobs,
      bootId: 'boot-1',
      places: () => place.count,
      pausedSites: () => [],
      held: () => held,
      jobTimeoutMs: 900_000,
      log: silent,
      clockJump: () => {
        const by = jump;
        jump = 0;
        return by;
      },
      fly: (job, flight) =>
        new Promise((resolve, reject) => {
          const end = (error?: Error) => {
            flying.splice(flying.indexOf(one), 1);
            if (error) reject(error);
            else resolve();
          };
          const one = { job, flight, end };
          flying.push(one);
          most = Math.max(most, flying.length);
          flight.signal.addEventListener('abort', async () => {
            await temp.store.jobs.requeue(job, { notBefore: 0, burn: false });
            end();
          });
        }),
    };
    runner = createRunner(parts);
    runner.begin();
  });
  afterEach(() => {
    vi.useRealTimers();
    temp.close();
  });

  /** Promises settle; no time passes. */
  const settle = () => vi.advanceTimersByTimeAsync(0);
  const add = async (change = {}) => {
    const row = newJob({ userId: Math.random() * 1e9, ...change });
    return (await temp.store.jobs.add(row.updateId, [row]))[0] as JobRow;
  };
  const done = async (one: Flying) => {
    await temp.store.jobs.end(one.job, { state: 'done', now: Date.now() });
    one.end();
    await settle();
  };
  const stateOf = async (id: number) => (await temp.store.jobs.find(id))?.state;

  it('never runs more downloads than it has places, and runs them all', async () => {
    const jobs = [];
    for (let i = 0; i < 7; i++) jobs.push(await add());
    runner.kick();
    await settle();
    while (flying[0]) await done(flying[0]);
    expect(most).toBe(2);
    for (const { id } of jobs) expect(await stateOf(id)).toBe('done');
  });

  it('gives the place away when the file is on the disk, not when it was sent', async () => {
    for (let i = 0; i < 3; i++) await add();
    runner.kick();
    await settle();
    expect(flying).toHaveLength(2);
    flying[0]?.flight.landed();
    await settle();
    expect(flying).toHaveLength(3);
    flying[0]?.flight.landed();
    await settle();
    expect(flying).toHaveLength(3);
  });

  it('bounds the files that wait for their upload', async () => {
    for (let i = 0; i < 40; i++) await add();
    runner.kick();
    await settle();
    for (let i = 0; i < 100; i++) {
      for (const { flight } of flying) flight.landed();
      await settle();
    }
    expect(flying).toHaveLength(24);
  });

  it('flies adopted jobs beside the places and lets them fetch nothing', async () => {
    for (let i = 0; i < 2; i++) await add();
    runner.kick();
    await settle();
    const follower = await add({ mediaKey: 'known' });
    runner.adopt(await temp.store.jobs.claimFollowers(follower.fileKey, runner.rules()));
    expect(flying.map(({ flight }) => flight.mayFetch)).toEqual([true, true, false]);
  });

  it('starts nothing before it may begin, whoever wakes it', async () => {
    const early = createRunner(parts);
    await add();
    early.kick();
    await settle();
    expect(flying).toHaveLength(0);
    early.begin();
    await settle();
    expect(flying).toHaveLength(1);
  });

  it('starts nothing while it is held, and goes on by itself afterwards', async () => {
    held = true;
    await add();
    runner.kick();
    await settle();
    expect(flying).toHaveLength(0);
    held = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(flying).toHaveLength(1);
  });

  it('starts a waiting job when its time comes', async () => {
    await add({ notBefore: Date.now() + 4_000 });
    runner.kick();
    await vi.advanceTimersByTimeAsync(3_900);
    expect(flying).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(flying).toHaveLength(1);
  });

  it('moves what waits along when the clock jumps a day back, so that nothing is stuck', async () => {
    const due = Date.now() + 24 * 3_600_000 + 4_000;
    await add({ notBefore: due });
    runner.kick();
    await settle();
    jump = -24 * 3_600_000;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(flying).toHaveLength(1);
  });

  it('leaves a pause as it is that began after the clock had jumped a day forward', async () => {
    await add({ notBefore: Date.now() + 12_000 });
    runner.kick();
    await settle();
    jump = 24 * 3_600_000;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(flying).toHaveLength(1);
  });

  it('ends a job at its wall time, which stands still while Telegram makes it wait', async () => {
    await add();
    runner.kick();
    await settle();
    const { flight } = flying[0] as Flying;
    flight.pause(600_000);
    await vi.advanceTimersByTimeAsync(1_400_000);
    expect(flight.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(flight.signal.reason).toMatchObject({ reason: 'timed_out' });
  });

  it('tells whether a job it is to stop runs here', async () => {
    const job = await add();
    expect(runner.stop(job.id, 'cancelled')).toBe(false);
    runner.kick();
    await settle();
    const { flight } = flying[0] as Flying;
    expect(runner.stop(job.id, 'cancelled')).toBe(true);
    expect(flight.signal.reason).toEqual(new Stopped('cancelled'));
  });

  it('drains: what runs may end, nothing starts', async () => {
    for (let i = 0; i < 3; i++) await add();
    runner.kick();
    await settle();
    let drained = false;
    const draining = runner.drain(25_000).then(() => {
      drained = true;
    });
    await done(flying[0] as Flying);
    expect(flying).toHaveLength(1);
    expect(drained).toBe(false);
    await done(flying[0] as Flying);
    await draining;
    expect(await temp.store.jobs.figures()).toMatchObject({ queued: 1, running: 0 });
  });

  it('puts what is not done in time back into the queue', async () => {
    const job = await add();
    runner.kick();
    await settle();
    const draining = runner.drain(25_000);
    await vi.advanceTimersByTimeAsync(25_000);
    await draining;
    expect(await temp.store.jobs.find(job.id)).toMatchObject({ state: 'queued', attempt: 0 });
  });

  it('stops everything at once when it is told to', async () => {
    for (let i = 0; i < 2; i++) await add();
    runner.kick();
    await settle();
    const draining = runner.drain(25_000);
    await settle();
    runner.abort();
    await draining;
    expect(await temp.store.jobs.figures()).toMatchObject({ queued: 2, running: 0 });
  });

  it('runs a job again whose end could not be written down', async () => {
    const job = await add();
    runner.kick();
    await settle();
    flying[0]?.end(new Error('the disk is full'));
    await settle();
    expect(await stateOf(job.id)).toBe('running');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(flying.map((one) => one.job.id)).toEqual([job.id]);
    expect((await temp.store.jobs.find(job.id))?.attempt).toBe(1);
  });

  it('asks instead when such a job may have been delivered', async () => {
    const job = await add();
    runner.kick();
    await settle();
    const one = flying[0] as Flying;
    await temp.store.jobs.beginSending(one.job);
    await temp.store.jobs.lastByteSent(one.job);
    one.end(new Error('the disk is full'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await stateOf(job.id)).toBe('uncertain');
    expect((await temp.store.jobs.unsaid()).map(({ id }) => id)).toEqual([job.id]);
  });
});
