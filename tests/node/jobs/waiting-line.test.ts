import { describe, expect, it, vi } from 'vitest';
import { busyFor, createWaitingLine, waitsOf } from '../../../node/jobs/waiting-line.ts';
import { createLog } from '../../../node/log.ts';
import type { QueuedJob } from '../../../node/store/jobs.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import type { Store } from '../../../node/store/store.ts';
import { typicalOf } from '../../../node/store/waits.ts';
import type { Texts } from '../../../shared/texts/catalogue.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { newJob, tempStore } from '../../support/store.ts';

const typical = typicalOf([
  ...[8000, 10_000, 12_000].map((ms) => ({ site: 'slow', ms })),
  ...[1000, 2000, 3000].map((ms) => ({ site: 'fast', ms })),
]);

describe('the expected wait', () => {
  it('is the median of the site, of everything for a site seen too rarely, unknown before that', () => {
    expect(typical.of('slow')).toBe(10_000);
    expect(typical.of('fast')).toBe(2000);
    expect(typical.of('never seen')).toBe(8000);
    expect(typicalOf([]).of('slow')).toBeUndefined();
  });

  it('lets every job take the place that becomes free first', () => {
    const jobs = ['slow', 'fast', 'fast', 'slow'].map((site) => ({ site }));
    const waits = waitsOf(jobs, [4000, 1000], { typical, places: 2 });
    expect(waits).toEqual([1, 4, 6, 8]);
  });

  it.each([
    ['fresh', 0, 10_000],
    ['halfway', 6000, 4000],
    ['about to end', 9900, 1000],
    ['slower than usual', 60_000, 30_000],
    ['started after a clock that went back', -3_600_000, 10_000],
    ['started a day before a clock that went on', 86_400_000, 600_000],
  ])('waits for a running job that is %s as long as it may go on', (_, elapsed, left) => {
    const now = 1e9;
    expect(busyFor([{ site: 'slow', startedAt: now - elapsed }], typical, now)).toEqual([left]);
  });

  it('says nothing while a place is free or a running job cannot be judged', () => {
    const one = [{ site: 'slow' }];
    expect(waitsOf(one, [4000], { typical, places: 2 })).toEqual([undefined]);
    expect(waitsOf(one, [undefined], { typical, places: 1 })).toEqual([undefined]);
  });
});

describe('the waiting line', () => {
  it('tells everybody their new place and wait when the line has moved', async () => {
    const temp = tempStore();
    try {
      const said: string[] = [];
      let told = () => {};
      const toldAll = new Promise<void>((resolve) => {
        told = resolve;
      });
      const show = (job: QueuedJob, line: (texts: Texts) => string) => {
        said.push(`${job.userId}: ${line(textsFor('en'))}`);
        if (said.length === 2) told();
      };
      for (let n = 0; n < 3; n++) {
        const row = newJob({ userId: 9, site: 'slow' });
        await temp.store.jobs.add(row.updateId, [row]);
        const rules = { bootId: 'b', leaseMs: 1000, perUser: 9, skipSites: [] };
        const job = await temp.store.jobs.claim({ ...rules, now: 5000 });
        if (!job) throw new Error('nothing to claim');
        await temp.store.jobs.end(job, { state: 'done', now: 5000 + 10_000 });
      }
      const waiting = [newJob({ userId: 1, site: 'slow' }), newJob({ userId: 2, site: 'slow' })];
      for (const row of waiting) await temp.store.jobs.add(row.updateId, [row]);
      const paused = newJob({ userId: 3, site: 'paused' });
      await temp.store.jobs.add(paused.updateId, [paused]);
      const line = createWaitingLine({
        store: temp.store,
        board: { show },
        places: () => 1,
        running: () => [{ site: 'slow', startedAt: 14_000 } as JobRow],
        pausedSites: () => ['paused'],
        held: () => false,
        log: createLog({ level: 'silent', format: 'json' }),
        now: () => 20_000,
      });
      line.moved();
      await toldAll;
      line.stop();
      expect(said).toEqual([
        "1: ⏳ You're next. About 4 s to go.",
        "2: ⏳ You're number 2 in line. About 14 s to go.",
      ]);
    } finally {
      temp.close();
    }
  });

  describe('of thousands', () => {
    const queued = (n: number): QueuedJob => ({
      ...{ id: n, updateId: n, userId: n, site: 'slow', notBefore: 0 },
    });
    let [steady, reads] = [0, 0];
    let jobs: QueuedJob[] = [];
    const told: number[] = [];
    const line = () =>
      createWaitingLine({
        store: {
          jobs: {
            order: async () => {
              reads += 1;
              return jobs;
            },
          },
          waits: { typical: async () => typical },
        } as unknown as Pick<Store, 'jobs' | 'waits'>,
        board: { show: ({ id }) => void told.push(id) },
        ...{ places: () => 1, running: () => [], pausedSites: () => [], held: () => false },
        ...{ log: createLog({ level: 'silent', format: 'json' }), now: () => 1 },
        steady: () => steady,
      });

    it('is read once for all who join within a moment, and each is behind the one before', async () => {
      jobs = Array.from({ length: 3000 }, (_, n) => queued(n + 1));
      const waiting = line();
      expect((await waiting.place(queued(3000))).position).toBe(3000);
      const joined = [];
      for (let n = 3001; n <= 3040; n++) joined.push((await waiting.place(queued(n))).position);
      expect(joined).toEqual(Array.from({ length: 40 }, (_, n) => 3001 + n));
      expect(reads).toBe(1);
      steady += 2000;
      jobs = [...jobs, queued(3041)];
      expect((await waiting.place(queued(3041))).position).toBe(3001);
      expect(reads).toBe(2);
    });

    it('tells those in front of every move and all others in their turn', async () => {
      vi.useFakeTimers();
      try {
        jobs = Array.from({ length: 70 }, (_, n) => queued(n + 1));
        const waiting = line();
        for (let move = 0; move < 4; move++) {
          waiting.moved();
          await vi.advanceTimersByTimeAsync(2000);
        }
        const times = (id: number) => told.filter((one) => one === id).length;
        expect([times(1), times(20)]).toEqual([4, 4]);
        expect(
          jobs
            .slice(20)
            .map(({ id }) => times(id))
            .filter((n) => n < 1),
        ).toEqual([]);
        expect(told).toHaveLength(20 * 4 + 20 + 20 + 10 + 20);
      } finally {
        vi.useRealTimers();
      }
    });
  });
});
