import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobRow } from '../../../node/store/schema.ts';
import { newJob, tempStore } from '../../support/store.ts';

const rules = { bootId: 'boot-1', now: 5000, leaseMs: 30_000, perUser: 9, skipSites: [] };

describe('jobs after crashes', () => {
  let temp: ReturnType<typeof tempStore>;
  beforeEach(() => {
    temp = tempStore();
  });
  afterEach(() => temp.close());

  const add = async (change = {}) => {
    const row = newJob(change);
    return (await temp.store.jobs.add(row.updateId, [row]))[0] as JobRow;
  };
  const claim = () => temp.store.jobs.claim(rules);
  const crashes = (id: number, n: number) =>
    temp.sqlite.prepare('UPDATE jobs SET crashes = ? WHERE id = ?').run(n, id);

  it('runs those that saw two crashes one at a time, beside the others', async () => {
    const suspects = [await add({ userId: 1 }), await add({ userId: 2 })];
    const sound = await add({ userId: 3 });
    for (const { id } of suspects) crashes(id, 2);
    const first = (await claim()) as JobRow;
    expect([first.id, (await claim())?.id]).toEqual([suspects[0]?.id, sound.id]);
    expect(await claim()).toBeUndefined();
    await temp.store.jobs.end(first, { state: 'done', now: 6000 });
    expect((await claim())?.id).toBe(suspects[1]?.id);
  });

  it('does not wait for a time that another clock named', async () => {
    const job = await add({ notBefore: 10 ** 13 });
    await temp.store.jobs.recover('boot-2', 5000);
    expect((await temp.store.jobs.find(job.id))?.notBefore).toBe(5000 + 3_600_000);
  });

  it('answers an uncertain delivery once: a second tap, or the same one again, makes no job', async () => {
    const job = await add();
    const row = (await claim()) as JobRow;
    await temp.store.jobs.beginSending(row);
    await temp.store.jobs.lastByteSent(row);
    await temp.store.jobs.recover('boot-2', 6000);
    const again = newJob({ updateId: 900, mediaKey: 'same' });
    const first = await temp.store.jobs.answered(job.id, 7000, again);
    expect(first).toMatchObject({ was: true, jobs: [{ updateId: 900 }] });
    const replayed = await temp.store.jobs.answered(job.id, 7000, again);
    expect(replayed.jobs.map(({ id }) => id)).toEqual(first.jobs.map(({ id }) => id));
    const tapped = newJob({ updateId: 901, mediaKey: 'same' });
    expect(await temp.store.jobs.answered(job.id, 7000, tapped)).toEqual({ was: false, jobs: [] });
  });

  it('names the status messages that outlived their delivered jobs', async () => {
    const job = await add();
    await temp.store.jobs.setStatusMessage(job.id, 77);
    const other = await add();
    await temp.store.jobs.setStatusMessage(other.id, 78);
    await temp.store.jobs.end((await claim()) as JobRow, { state: 'done', now: 6000 });
    const left = await temp.store.jobs.leftMessages();
    expect(left.map(({ statusMessageId }) => statusMessageId)).toEqual([77]);
  });

  it('follows a group to its new id', async () => {
    const job = await add({ chatId: -5, chatType: 'group' });
    await temp.store.jobs.moveChat(-5, -100_500);
    expect(await temp.store.jobs.find(job.id)).toMatchObject({
      ...{ chatId: -100_500, chatType: 'supergroup' },
    });
  });
});
