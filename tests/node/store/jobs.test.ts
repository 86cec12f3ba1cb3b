import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobRow } from '../../../node/store/schema.ts';
import { JobError } from '../../../shared/errors.ts';
import { newJob, tempStore } from '../../support/store.ts';

const rules = { bootId: 'boot-1', now: 5000, leaseMs: 30_000, perUser: 4, skipSites: [] };

describe('jobs', () => {
  let temp: ReturnType<typeof tempStore>;
  beforeEach(() => {
    temp = tempStore();
  });
  afterEach(() => temp.close());

  const add = async (change = {}) => {
    const row = newJob(change);
    return (await temp.store.jobs.add(row.updateId, [row]))[0] as JobRow;
  };
  const claim = (change = {}) => temp.store.jobs.claim({ ...rules, ...change });

  it('makes the jobs of an update once, however often it comes', async () => {
    const rows = [newJob({ updateId: 500, item: 0 }), newJob({ updateId: 500, item: 1 })];
    const first = await temp.store.jobs.add(500, rows);
    const second = await temp.store.jobs.add(500, rows);
    expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(first).toHaveLength(2);
  });

  it('claims the person with the fewest running jobs first, then the oldest job', async () => {
    for (let i = 0; i < 3; i++) await add({ userId: 1 });
    await add({ userId: 2 });
    const order = [];
    for (let job = await claim(); job; job = await claim()) order.push(job.userId);
    expect(order).toEqual([1, 2, 1, 1]);
  });

  it('leaves a person at the limit waiting, and a paused site, and a job not yet due', async () => {
    await add({ userId: 1 });
    await add({ userId: 1 });
    await add({ userId: 2, site: 'paused.example' });
    await add({ userId: 3, notBefore: 6000 });
    expect((await claim({ perUser: 1 }))?.userId).toBe(1);
    expect(await claim({ perUser: 1, skipSites: ['paused.example'] })).toBeUndefined();
    expect((await claim({ perUser: 1, skipSites: ['paused.example'], now: 6000 }))?.userId).toBe(3);
    expect(await temp.store.jobs.nextDue(5000)).toBeUndefined();
  });

  it('never runs two jobs for the same file; the second is served when the first is done', async () => {
    const first = await add({ mediaKey: 'site:1' });
    const second = await add({ mediaKey: 'site:1', userId: 2 });
    const other = await add({ mediaKey: 'site:1', userId: 2, choice: 'm4a' });
    expect((await claim())?.id).toBe(first.id);
    expect((await claim())?.id).toBe(other.id);
    expect(await claim()).toBeUndefined();
    const followers = await temp.store.jobs.claimFollowers(first.fileKey, rules);
    expect(followers.map(({ id }) => id)).toEqual([second.id]);
  });

  it('takes no writes from an attempt that lost its claim', async () => {
    await add();
    const lost = (await claim()) as JobRow;
    await temp.store.jobs.requeue(lost, { notBefore: 0, burn: true });
    const again = (await claim()) as JobRow;
    expect(again.attempt).toBe(lost.attempt + 1);
    expect(await temp.store.jobs.beginSending(lost)).toBe(false);
    expect(await temp.store.jobs.end(lost, { state: 'done', now: 6000 })).toBe(false);
    expect(await temp.store.jobs.end(again, { state: 'done', now: 6000 })).toBe(true);
  });

  it('gives the attempt back when the node goes down, and burns it when the site failed', async () => {
    const job = await add();
    const first = (await claim()) as JobRow;
    await temp.store.jobs.requeue(first, { notBefore: 0, burn: false });
    expect((await temp.store.jobs.find(job.id))?.attempt).toBe(0);
    const second = (await claim()) as JobRow;
    const error = new JobError('site_error', 'HTTP 502');
    await temp.store.jobs.requeue(second, { notBefore: 9000, burn: true, error });
    expect(await temp.store.jobs.find(job.id)).toMatchObject({
      attempt: 1,
      errorCode: 'site_error',
    });
    expect(await temp.store.jobs.nextDue(6000)).toBe(9000);
  });

  it('requeues what a crash interrupted, asks about what had left, gives up after three', async () => {
    const running = await add();
    const sent = await add();
    const cursed = await add();
    for (const _ of [1, 2, 3]) await claim();
    const claimOf = async (id: number) => (await temp.store.jobs.find(id)) as JobRow;
    await temp.store.jobs.beginSending(await claimOf(sent.id));
    await temp.store.jobs.lastByteSent(await claimOf(sent.id));
    temp.sqlite.prepare('UPDATE jobs SET crashes = 2 WHERE id = ?').run(cursed.id);

    const { requeued, uncertain, dead } = await temp.store.jobs.recover('boot-2', 7000);
    expect(requeued.map(({ id }) => id)).toEqual([running.id]);
    expect(uncertain.map(({ id }) => id)).toEqual([sent.id]);
    expect(dead.map(({ id }) => id)).toEqual([cursed.id]);
    expect(await claimOf(running.id)).toMatchObject({ state: 'queued', crashes: 1, bootId: null });
    expect(await claimOf(cursed.id)).toMatchObject({ state: 'failed', errorCode: 'crashed' });
  });

  it('requeues an upload of which not every byte had left', async () => {
    const job = await add();
    await temp.store.jobs.beginSending((await claim()) as JobRow);
    const { requeued } = await temp.store.jobs.recover('boot-2', 7000);
    expect(requeued.map(({ id }) => id)).toEqual([job.id]);
  });

  it('leaves the jobs of its own boot alone', async () => {
    await add();
    await claim();
    expect(await temp.store.jobs.recover('boot-1', 7000)).toEqual({
      requeued: [],
      dead: [],
      uncertain: [],
    });
  });

  it('orders the queue as it would start: round by round over the people', async () => {
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push((await add({ userId: 1 })).id);
    const late = await add({ userId: 2 });
    expect(await temp.store.jobs.order()).toEqual([ids[0], late.id, ids[1], ids[2]]);
  });

  it('counts an ended job once, by hour, site and outcome', async () => {
    await add({ site: 'a.example', createdAt: 4000 });
    const job = (await claim()) as JobRow;
    await temp.store.jobs.stage(job, 'uploading', { bytes: 70 });
    await temp.store.jobs.end(job, { state: 'done', now: 6000 });
    await temp.store.jobs.end(job, { state: 'done', now: 6000 });
    expect(await temp.store.tallies.since(0)).toEqual([
      { hour: 0, site: 'a.example', outcome: 'done', jobs: 1, bytes: 70, ms: 2000 },
    ]);
  });

  it('cancels a waiting job, not a running one', async () => {
    const job = await add();
    await claim();
    expect(await temp.store.jobs.cancelWaiting(job.id, 6000)).toBe(false);
    const waiting = await add();
    expect(await temp.store.jobs.cancelWaiting(waiting.id, 6000)).toBe(true);
    expect(await temp.store.jobs.find(waiting.id)).toMatchObject({ state: 'cancelled' });
  });
});
