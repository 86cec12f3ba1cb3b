import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobRow } from '../../../node/store/schema.ts';
import { newJob, tempStore } from '../../support/store.ts';

/** Places of a small node; what one person may hold of them is the runner's own rule. */
const PLACES = 8;
const PER_USER = Math.max(2, Math.floor(PLACES / 2));
const GREEDY = 1;
const OTHERS = [11, 12, 13, 14, 15, 16, 17, 18, 19];
/** Seconds a download takes, by the place of its link in the plan. */
const seconds = (n: number) => 5 + ((n * 7919) % 50);

interface Link {
  user: number;
  takes: number;
}

const links = (user: number, count: number, seed: number): Link[] =>
  Array.from({ length: count }, (_, at) => ({ user, takes: seconds(seed + at) }));

describe('the queue between one person with 200 links and nine with two', () => {
  let scene: ReturnType<typeof tempStore>;
  beforeEach(() => {
    scene = tempStore();
  });
  afterEach(() => scene.close());

  /** Lets the real claims run against durations instead of downloads; answers who waited how long. */
  async function play(all: Link[]): Promise<Map<number, number[]>> {
    const { jobs } = scene.store;
    const takes = new Map<number, number>();
    for (const [at, link] of all.entries()) {
      const [row] = await jobs.add(at + 1, [newJob({ updateId: at + 1, userId: link.user })]);
      if (row) takes.set(row.id, link.takes);
    }
    const waits = new Map<number, number[]>();
    const running: { job: JobRow; until: number }[] = [];
    let clock = 0;
    const rules = () => ({
      bootId: 'b',
      now: 1e6 + clock,
      leaseMs: 1e9,
      perUser: PER_USER,
      skipSites: [],
    });
    for (;;) {
      while (running.length < PLACES) {
        const job = await jobs.claim(rules());
        if (!job) break;
        running.push({ job, until: clock + (takes.get(job.id) ?? 0) });
      }
      const next = running.sort((a, b) => a.until - b.until).shift();
      if (!next) return waits;
      clock = next.until;
      waits.set(next.job.userId, [...(waits.get(next.job.userId) ?? []), clock]);
      await jobs.end(next.job, { state: 'done', now: clock });
    }
  }

  const others = () => OTHERS.flatMap((user, at) => links(user, 2, 1000 + at * 2));
  const mean = (all: number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const ofOthers = (waits: Map<number, number[]>) =>
    OTHERS.flatMap((user) => waits.get(user) ?? []);

  it('lets the nine wait less than 1.5 times as long as alone, and serves the 200 too', async () => {
    const alone = ofOthers(await play(others()));
    scene.close();
    scene = tempStore();
    const waits = await play([...links(GREEDY, 200, 0), ...others()]);
    const beside = ofOthers(waits);
    expect([beside.length, waits.get(GREEDY)?.length]).toEqual([18, 200]);
    const figures = `alone ${mean(alone).toFixed(1)} s, beside ${mean(beside).toFixed(1)} s`;
    expect(mean(beside) / mean(alone), figures).toBeLessThan(1.5);
    expect(Math.max(...beside) / Math.max(...alone), figures).toBeLessThan(1.5);
  });
});
