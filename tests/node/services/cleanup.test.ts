import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataPaths } from '../../../node/paths.ts';
import { cleanUp, planCleanup } from '../../../node/services/cleanup.ts';
import { jobs, updates } from '../../../node/store/schema.ts';
import { HOUR } from '../../../node/store/tallies.ts';
import { upkeepStore } from '../../../node/store/upkeep.ts';
import { downloadRequest, newJob, tempStore } from '../../support/store.ts';

const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 23);
const CLAIM = { bootId: 'b', now: NOW, leaseMs: 1, perUser: 99, skipSites: [] };

describe('clean-up', () => {
  let temp: ReturnType<typeof tempStore>;
  beforeEach(() => {
    temp = tempStore();
  });
  afterEach(() => temp.close());

  const parts = () => ({
    dataDir: temp.dir,
    paths: dataPaths(temp.dir),
    upkeep: upkeepStore(temp),
    now: () => NOW,
    caps: { cache: 10, sandbox: 10 },
  });

  function file(path: string, ageMs: number, bytes = 4) {
    const whole = join(temp.dir, path);
    mkdirSync(join(whole, '..'), { recursive: true });
    writeFileSync(whole, 'x'.repeat(bytes));
    utimesSync(whole, new Date(NOW - ageMs), new Date(NOW - ageMs));
  }

  it('removes what nobody holds and leaves what a running job does', async () => {
    await temp.store.jobs.add(1, [newJob({ updateId: 1 })]);
    const running = await temp.store.jobs.claim(CLAIM);
    const held = `jobs/${running?.id}-${running?.attempt}`;
    file(`${held}/out/clip.mp4`, 0);
    file(`jobs/${running?.id}-0/clip.mp4.part`, 0);
    file('jobs/999-1/clip.mp4', 0);
    const items = await cleanUp(parts());
    expect(items).toMatchObject([{ what: 'job folders nobody holds', count: 2, bytes: 8 }]);
    expect(readdirSync(join(temp.dir, 'jobs'))).toEqual([held.slice(5)]);
    expect(existsSync(join(temp.dir, held, 'out/clip.mp4'))).toBe(true);
  });

  it('forgets rows when their time is over, and no sooner', async () => {
    const { db } = temp;
    for (const [updateId, age] of [
      [11, 26 * HOUR],
      [12, 24 * HOUR],
      [13, 26 * HOUR],
    ] as const)
      await temp.store.updates.accept(downloadRequest(updateId, { receivedAt: NOW - age }));
    for (const id of [11, 12]) await temp.store.updates.settle(id, 'done');
    await temp.store.jobs.add(0, [
      newJob({ updateId: 21, state: 'done', finishedAt: NOW - 31 * DAY }),
      newJob({ updateId: 22, state: 'done', finishedAt: NOW - 29 * DAY }),
      newJob({ updateId: 23, state: 'asking', createdAt: NOW - 31 * DAY }),
      newJob({ updateId: 24, state: 'queued', createdAt: NOW - 31 * DAY }),
    ]);
    const delivery = { title: 't', files: [], bytes: 1, why: 'best' as const, video: true };
    await temp.store.files.keep('old', 'youtube', delivery, NOW - 91 * DAY);
    await temp.store.files.keep('new', 'youtube', delivery, NOW - 89 * DAY);
    const items = await cleanUp(parts());
    expect(Object.fromEntries(items.map(({ what, count }) => [what, count]))).toEqual({
      'old rows of updates': 1,
      'old rows of jobs': 1,
      'old rows of questions': 1,
      'old rows of files': 1,
    });
    expect(await temp.store.updates.countPending()).toBe(1);
    expect(db.select().from(updates).where(eq(updates.updateId, 12)).get()).toBeDefined();
    const left = db.select({ id: jobs.updateId }).from(jobs).all();
    expect(left.map(({ id }) => id).sort()).toEqual([22, 24]);
    expect([await temp.store.files.has('old'), await temp.store.files.has('new')]).toEqual([
      false,
      true,
    ]);
  });

  it('keeps caches under their caps, the newest files first', async () => {
    file('cache/a', 3 * HOUR);
    file('cache/deep/b', 2 * HOUR);
    file('cache/c', HOUR);
    file('sandbox/files/old.mp4', 2 * HOUR, 9);
    file('sandbox/files/new.mp4', HOUR, 9);
    file('sandbox/files/ledger.jsonl', 3 * HOUR, 99);
    await cleanUp(parts());
    expect(existsSync(join(temp.dir, 'cache/a'))).toBe(false);
    expect(readdirSync(join(temp.dir, 'cache'), { recursive: true })).toContain('deep/b');
    expect(readdirSync(join(temp.dir, 'sandbox/files')).sort()).toEqual([
      'ledger.jsonl',
      'new.mp4',
    ]);
  });

  it('keeps set-aside databases for 30 days and cookies for ever', async () => {
    file(`postchi.db.damaged-${NOW - 31 * DAY}`, 31 * DAY);
    file(`postchi.db.replaced-${NOW - 31 * DAY}-wal`, 31 * DAY);
    file(`postchi.db.damaged-${NOW - DAY}`, DAY);
    file('cookies/youtube.txt', 900 * DAY);
    file('cookies/youtube.txt.123.tmp', 2 * HOUR);
    await cleanUp(parts());
    const names = readdirSync(temp.dir).filter((name) => /damaged|replaced/.test(name));
    expect(names).toEqual([`postchi.db.damaged-${NOW - DAY}`]);
    expect(readdirSync(join(temp.dir, 'cookies'))).toEqual(['youtube.txt']);
  });

  it('only says what would go when it plans', async () => {
    file('jobs/999-1/clip.mp4', 0);
    const [item] = await planCleanup(parts());
    expect(item).toMatchObject({ count: 1, bytes: 4 });
    expect(existsSync(join(temp.dir, 'jobs/999-1/clip.mp4'))).toBe(true);
    await item?.remove();
    expect(await planCleanup(parts())).toEqual([]);
  });
});
