/** Hourly figures on PostgreSQL; what each method promises stands in `../tallies.ts`. */
import { gte, sql } from 'drizzle-orm';
import type { JobRow } from '../schema.ts';
import { HOUR, type Tallies, tallyOf } from '../tallies.ts';
import { timingOf } from '../timings.ts';
import type { PgDb, PgRunner } from './open.ts';
import { tallies, timings } from './schema.ts';

/** Counts one ended job; called in the transaction that ends it. */
export async function pgAddTally(tx: PgRunner, job: JobRow): Promise<void> {
  const one = tallyOf(job);
  await tx
    .insert(tallies)
    .values(one)
    .onConflictDoUpdate({
      target: [tallies.hour, tallies.site, tallies.outcome],
      set: {
        jobs: sql`${tallies.jobs} + 1`,
        bytes: sql`${tallies.bytes} + excluded.bytes`,
        ms: sql`${tallies.ms} + excluded.ms`,
      },
    });
  // What came from the cache would make every site look fast.
  if (one.outcome !== 'done') return;
  await tx
    .insert(timings)
    .values(timingOf(one))
    .onConflictDoUpdate({
      target: [timings.hour, timings.site, timings.bucket],
      set: { jobs: sql`${timings.jobs} + 1` },
    });
}

export function pgTallyStore(db: PgDb): Tallies {
  const hourOf = (time: number) => Math.floor(time / HOUR);
  return {
    since: (time) =>
      db
        .select()
        .from(tallies)
        .where(gte(tallies.hour, hourOf(time))),
    timings: (since) =>
      db
        .select()
        .from(timings)
        .where(gte(timings.hour, hourOf(since))),
    clear: () =>
      db.transaction(async (tx) => {
        await tx.delete(tallies);
        await tx.delete(timings);
      }),
  };
}
