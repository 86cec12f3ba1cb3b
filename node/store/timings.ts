/**
 * How long deliveries took, in buckets that grow by a fifth each: p50 and p95 of any hours are
 * known to within a tenth, from some forty rows an hour and site at most.
 */
import { sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { timings } from './schema.ts';

export interface Timing {
  hour: number;
  site: string;
  bucket: number;
  jobs: number;
}

const FIRST_MS = 100;
const GROWTH = 1.2;
/** Above 8 hours nothing is told apart. */
const LAST = 70;

export const bucketOf = (ms: number): number =>
  Math.min(LAST, Math.max(0, Math.ceil(Math.log(Math.max(1, ms) / FIRST_MS) / Math.log(GROWTH))));

/** The middle of a bucket, ms. */
const middle = (bucket: number): number => FIRST_MS * GROWTH ** (bucket - 0.5);

/** Where one delivery of `ms` is counted. */
export const timingOf = ({ hour, site, ms }: Pick<Timing, 'hour' | 'site'> & { ms: number }) => ({
  ...{ hour, site, bucket: bucketOf(ms), jobs: 1 },
});

export function addTiming(db: Pick<Db, 'insert'>, one: Timing): void {
  db.insert(timings)
    .values(one)
    .onConflictDoUpdate({
      target: [timings.hour, timings.site, timings.bucket],
      set: { jobs: sql`${timings.jobs} + 1` },
    })
    .run();
}

/** ms below which `percent` (0–100) of the deliveries took; undefined when there were none. */
export function percentile(rows: readonly Timing[], percent: number): number | undefined {
  const all = rows.reduce((sum, { jobs }) => sum + jobs, 0);
  let left = Math.ceil((all * percent) / 100);
  for (const { bucket, jobs } of [...rows].sort((a, b) => a.bucket - b.bucket)) {
    left -= jobs;
    if (left <= 0) return middle(bucket);
  }
  return undefined;
}
