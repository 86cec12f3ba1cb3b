import { describe, expect, it } from 'vitest';
import { createWaitingLine, waitsOf } from '../../../node/jobs/waiting-line.ts';
import { createLog } from '../../../node/log.ts';
import type { JobRow } from '../../../node/store/schema.ts';
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
      const show = (job: JobRow, line: (texts: Texts) => string) => {
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
});
