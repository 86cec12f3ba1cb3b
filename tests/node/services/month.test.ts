/** Months of periodic services in seconds: what may grow has a cap, and stays under it. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyMs } from '../../../node/services/every.ts';
import { jobs } from '../../../node/store/schema.ts';
import { fakeClock } from '../../support/clock.ts';
import { startWatch } from '../../support/operations.ts';
import { downloadRequest, newJob, tempStore } from '../../support/store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const JOBS_AN_HOUR = 2;
/** Of forty days the last so many are lived; `LIVED_DAYS=40` lives all of them. */
const LIVED = Number(process.env.LIVED_DAYS ?? 12);
const REMEMBERED = 40 - LIVED;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heap = () => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

describe('periodic services after forty days', () => {
  const { clock, pass, waiting } = fakeClock();
  let watch: Awaited<ReturnType<typeof startWatch>>;
  let updateId = 0;
  const seen = { heap: [] as number[], pages: [] as number[], summaries: 0, lines: 0 };

  /** An hour's work: jobs that came and went, and what a killed process left on the disk. */
  async function traffic() {
    const { store, dir } = watch.temp;
    for (let n = 0; n < JOBS_AN_HOUR; n++) {
      const now = clock.now();
      updateId += 1;
      await store.updates.accept(downloadRequest(updateId, { receivedAt: now }));
      const done = { state: 'done' as const, createdAt: now, finishedAt: now + 3000, bytes: 1000 };
      await store.jobs.add(updateId, [newJob({ updateId, userId: n, site: 'youtube', ...done })]);
      mkdirSync(join(dir, 'jobs', `${updateId}-1`), { recursive: true });
      writeFileSync(join(dir, 'jobs', `${updateId}-1`, 'clip.mp4'), 'left behind');
    }
  }

  /** The jobs of the days before; of them nothing else would be left. */
  function remember({ db }: ReturnType<typeof tempStore>) {
    const hours = REMEMBERED * 24;
    for (let hour = 0; hour < hours; hour++) {
      const at = clock.now() - (hours - 1 - hour) * HOUR;
      const rows = Array.from({ length: JOBS_AN_HOUR }, (_, n) => {
        updateId += 1;
        const done = { state: 'done' as const, createdAt: at, finishedAt: at + 3000, bytes: 1000 };
        return newJob({ updateId, userId: n, site: 'youtube', ...done });
      });
      db.insert(jobs).values(rows).run();
    }
  }

  /** Every service waits for its next time again. */
  async function settled() {
    while (waiting() < watch.operations.services.length) await turn();
  }

  beforeAll(async () => {
    const services = [{ name: 'traffic', next: everyMs(HOUR), run: traffic }];
    const cpu = { sample: () => {}, percent: 20 };
    // Power cuts are another test's: thousands of waits for the disk would only make this slow.
    const temp = tempStore(existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
    remember(temp);
    watch = await startWatch({ clock, cpu, more: { services } }, {}, temp);
    for (let day = 1; day <= LIVED; day++) {
      await pass(DAY, settled);
      seen.lines += watch.lines.length;
      seen.summaries += watch.lines.filter(({ msg }) => msg === 'METRICS SUMMARY').length;
      watch.lines.length = 0;
      if (day >= LIVED - 6 && (LIVED - day) % 2 === 0) {
        seen.heap.push(heap());
        seen.pages.push(Number(watch.temp.sqlite.pragma('page_count', { simple: true })));
      }
    }
  }, 300_000);
  afterAll(() => watch.close());

  const rows = (table: string) =>
    Number(watch.temp.sqlite.prepare(`SELECT count(*) FROM ${table}`).pluck().get());

  it('keep the rows of as many hours and days as were promised', () => {
    expect(updateId).toBe(40 * 24 * JOBS_AN_HOUR);
    expect(rows('updates')).toBeLessThanOrEqual(JOBS_AN_HOUR * 27);
    expect(rows('updates')).toBeGreaterThanOrEqual(JOBS_AN_HOUR * 25);
    expect(rows('jobs')).toBeLessThanOrEqual(JOBS_AN_HOUR * (30 * 24 + 2));
    expect(rows('jobs')).toBeGreaterThanOrEqual(JOBS_AN_HOUR * 30 * 24);
  });

  it('leave no folder, no log and a week of backups on the disk', () => {
    const { dir } = watch.temp;
    expect(readdirSync(join(dir, 'jobs')).length).toBeLessThanOrEqual(JOBS_AN_HOUR);
    expect(readdirSync(join(dir, 'backups'))).toHaveLength(7);
    expect(statSync(join(dir, 'postchi.db-wal')).size).toBeLessThan(1024 ** 2);
  });

  it('let neither the database nor the memory grow once the caps are reached', () => {
    expect(Math.max(...seen.pages) - Math.min(...seen.pages)).toBeLessThan(64);
    const [first = 0, ...later] = seen.heap;
    expect(Math.max(...later) - first).toBeLessThan(8 * 1024 ** 2);
    expect(waiting()).toBe(watch.operations.services.length);
  });

  it('write a METRICS SUMMARY every 5 minutes and little else', () => {
    expect(seen.summaries).toBe((LIVED * DAY) / (5 * 60_000));
    // Clean-up says once an hour what it removed, backup and update check once a day.
    expect(seen.lines - seen.summaries).toBeLessThanOrEqual(LIVED * (24 + 2));
  });

  it('are all well in the end', async () => {
    const { checks } = await watch.operations.health();
    const state = (name: string) => checks.find((check) => check.name === name)?.state;
    expect([state('services'), state('backup'), state('database'), state('queue')]).toEqual(
      Array(4).fill('ok'),
    );
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cpu', 'memory', 'disk', 'workers', 'telegram', 'ytdlp', 'engine']),
    );
  });
});
