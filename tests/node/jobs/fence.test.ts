import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRunner, type Runner } from '../../../node/jobs/runner.ts';
import { Stopped } from '../../../node/jobs/stopped.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { newJob, tempStore } from '../../support/store.ts';

const silent = { warn: () => {}, error: () => {}, info: () => {} } as never;

describe('a node whose leases other nodes wait for', () => {
  let temp: ReturnType<typeof tempStore>;
  let runner: Runner;
  let reachable: boolean;
  let renewed: (readonly number[])[];
  let taken: number[];
  let stopped: [number, unknown][];

  const start = (shared: boolean) => {
    const { jobs } = temp.store;
    runner = createRunner({
      jobs: {
        ...jobs,
        async beat(_boot, _until, running) {
          if (!reachable) throw new Error('the database is out of reach');
          renewed.push(running);
          return taken;
        },
      },
      ...{ bootId: 'boot-1', shared, jobTimeoutMs: 900_000, log: silent },
      ...{ places: () => 2, pausedSites: () => [], held: () => false, clockJump: () => 0 },
      steady: () => Date.now(),
      fly: (job, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', async () => {
            stopped.push([job.id, signal.reason]);
            await jobs.requeue(job, { notBefore: 0, burn: false });
            resolve();
          });
        }),
    });
    runner.begin();
    return vi.advanceTimersByTimeAsync(0);
  };

  beforeEach(async () => {
    vi.useFakeTimers();
    temp = tempStore();
    reachable = true;
    renewed = [];
    taken = [];
    stopped = [];
  });
  afterEach(async () => {
    runner.abort();
    await runner.drain(0);
    vi.useRealTimers();
    temp.close();
  });

  const add = async () => {
    const row = newJob({ userId: Math.random() * 1e9 });
    return (await temp.store.jobs.add(row.updateId, [row]))[0] as JobRow;
  };

  it('renews the leases of all that runs here', async () => {
    const ids = [(await add()).id, (await add()).id];
    await start(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(renewed).toHaveLength(6);
    expect(renewed.at(-1)).toEqual(ids);
    expect(stopped).toEqual([]);
  });

  it('stops everything before its leases run out when it cannot renew them, and starts nothing', async () => {
    const job = await add();
    await start(true);
    await vi.advanceTimersByTimeAsync(10_000);
    reachable = false;
    await vi.advanceTimersByTimeAsync(21_900);
    expect(stopped).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(stopped).toEqual([[job.id, new Stopped('lost')]]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(stopped).toHaveLength(1);
    expect((await temp.store.jobs.find(job.id))?.state).toBe('queued');
  });

  it('takes work again as soon as it can renew leases', async () => {
    await add();
    await start(true);
    reachable = false;
    await vi.advanceTimersByTimeAsync(40_000);
    expect(runner.running.size).toBe(0);
    reachable = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runner.running.size).toBe(1);
  });

  it('stops a job that another node has taken meanwhile, and only that one', async () => {
    const [lost, kept] = [await add(), await add()];
    await start(true);
    taken = [lost.id];
    await vi.advanceTimersByTimeAsync(10_000);
    expect(stopped).toEqual([[lost.id, new Stopped('lost')]]);
    expect(runner.running.has(kept.id)).toBe(true);
  });

  it('goes on by itself where there is no other node', async () => {
    const job = await add();
    await start(false);
    reachable = false;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(stopped).toEqual([]);
    expect(runner.running.has(job.id)).toBe(true);
  });

  it('lets a run go whose claim the database took back in a crash, before it starts it again', async () => {
    const job = await add();
    await start(true);
    temp.sqlite.prepare("UPDATE jobs SET state = 'queued', attempt = 0, boot_id = NULL").run();
    runner.kick();
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).toEqual([[job.id, new Stopped('lost')]]);
    await vi.advanceTimersByTimeAsync(2_100);
    expect(runner.running.get(job.id)?.attempt).toBe(1);
    expect(stopped).toHaveLength(1);
  });
});
