/** Hourly figures per site and outcome: they outlive the job rows they are counted from. */
import { gte, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { type JobRow, tallies, timings } from './schema.ts';
import { addTiming, type Timing, timingOf } from './timings.ts';

export const HOUR = 3_600_000;

export interface Tally {
  hour: number;
  site: string;
  outcome: string;
  jobs: number;
  bytes: number;
  ms: number;
}

/** `done`, `cached`, `cancelled` or an error code. */
export const outcomeOf = (job: JobRow): string =>
  job.state === 'done' ? (job.fromCache ? 'cached' : 'done') : (job.errorCode ?? job.state);

/** What one ended job adds, and to which row. */
export function tallyOf(job: JobRow): Tally {
  const end = job.finishedAt ?? job.createdAt;
  const row = { hour: Math.floor(end / HOUR), site: job.site, outcome: outcomeOf(job) };
  return { ...row, jobs: 1, bytes: job.bytes ?? 0, ms: Math.max(0, end - job.createdAt) };
}

/** Counts one ended job; called in the transaction that ends it. */
export function addTally(db: Pick<Db, 'insert'>, job: JobRow): void {
  const one = tallyOf(job);
  db.insert(tallies)
    .values(one)
    .onConflictDoUpdate({
      target: [tallies.hour, tallies.site, tallies.outcome],
      set: {
        jobs: sql`${tallies.jobs} + 1`,
        bytes: sql`${tallies.bytes} + ${one.bytes}`,
        ms: sql`${tallies.ms} + ${one.ms}`,
      },
    })
    .run();
  // What came from the cache would make every site look fast.
  if (one.outcome === 'done') addTiming(db, timingOf(one));
}

export interface Tallies {
  since(time: number): Promise<Tally[]>;
  timings(since: number): Promise<Timing[]>;
  /** Starts the figures anew. */
  clear(): Promise<void>;
}

export function tallyStore(db: Db): Tallies {
  return {
    async since(time) {
      return db
        .select()
        .from(tallies)
        .where(gte(tallies.hour, Math.floor(time / HOUR)))
        .all();
    },
    async timings(since) {
      return db
        .select()
        .from(timings)
        .where(gte(timings.hour, Math.floor(since / HOUR)))
        .all();
    },
    async clear() {
      db.transaction((tx) => {
        tx.delete(tallies).run();
        tx.delete(timings).run();
      });
    },
  };
}
