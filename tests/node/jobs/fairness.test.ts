import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobRow } from '../../../node/store/schema.ts';
import type { Store } from '../../../node/store/store.ts';
import { type PgNode, type PgNodes, pgNodes } from '../../support/pg-nodes.ts';
import { migratedDatabase } from '../../support/shared-postgres.ts';
import { newJob, tempStore } from '../../support/store.ts';

/** Places of a small node; what one person may hold of them is the runner's own rule. */
const PLACES = 8;
const PER_USER = Math.max(2, Math.floor(PLACES / 2));
const GREEDY = 1;
const OTHERS = [11, 12, 13, 14, 15, 16, 17, 18, 19];
/** Seconds a download takes, by the place of its link in the plan. */
const seconds = (n: number) => 5 + ((n * 7919) % 50);

type Jobs = Pick<Store['jobs'], 'add' | 'claim' | 'end'>;

interface Link {
  user: number;
  takes: number;
}

const links = (user: number, count: number, seed: number): Link[] =>
  Array.from({ length: count }, (_, at) => ({ user, takes: seconds(seed + at) }));
const others = () => OTHERS.flatMap((user, at) => links(user, 2, 1000 + at * 2));

/** Lets the real claims run against durations instead of downloads; answers who waited how long. */
async function play(jobs: Jobs, all: readonly Link[]): Promise<Map<number, number[]>> {
  const takes = new Map<number, number>();
  for (const [at, link] of all.entries()) {
    const [row] = await jobs.add(at + 1, [newJob({ updateId: at + 1, userId: link.user })]);
    if (row) takes.set(row.id, link.takes);
  }
  const waits = new Map<number, number[]>();
  const running: { job: JobRow; until: number }[] = [];
  let clock = 0;
  const rules = () => ({
    ...{ bootId: 'b', now: 1e6 + clock, leaseMs: 1e9, perUser: PER_USER, skipSites: [] },
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

const mean = (all: number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
const ofOthers = (waits: Map<number, number[]>) => OTHERS.flatMap((user) => waits.get(user) ?? []);

let cluster: PgNodes;
let node: PgNode;
beforeAll(async () => {
  cluster = await pgNodes(await migratedDatabase());
  node = await cluster.node('a');
});
afterAll(() => cluster?.close());

/** A store with nothing in it, and how it is put away. */
const EMPTY = {
  SQLite: async () => {
    const { store, close } = tempStore();
    return { jobs: store.jobs, close };
  },
  PostgreSQL: async () => {
    await cluster.clear();
    return { jobs: node.jobs, close: () => {} };
  },
};

it.each(['SQLite', 'PostgreSQL'] as const)(
  'on %s nine people with two links wait less than 1.5 times as long beside one with 200 as alone',
  async (name) => {
    const played = async (all: readonly Link[]) => {
      const { jobs, close } = await EMPTY[name]();
      const waits = await play(jobs, all);
      close();
      return waits;
    };
    const alone = ofOthers(await played(others()));
    const waits = await played([...links(GREEDY, 200, 0), ...others()]);
    const beside = ofOthers(waits);
    expect([beside.length, waits.get(GREEDY)?.length]).toEqual([18, 200]);
    const [mid, last] = [mean(beside) / mean(alone), Math.max(...beside) / Math.max(...alone)];
    const figures = `${name}: alone ${mean(alone).toFixed(1)} s, beside ${mean(beside).toFixed(1)} s: ${mid.toFixed(2)} times as long; the last of them ${last.toFixed(2)} times`;
    console.info(figures);
    expect(mid, figures).toBeLessThan(1.5);
    expect(last, figures).toBeLessThan(1.5);
  },
  60_000,
);
