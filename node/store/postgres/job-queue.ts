/** Jobs that wait, on PostgreSQL, and their claims. */
import { and, eq, gt, lt, min, sql } from 'drizzle-orm';
import type { JobQueue, QueuedJob } from '../jobs.ts';
import { PAUSED_UNTIL } from '../playlists.ts';
import type { JobRow, NewJob } from '../schema.ts';
import { queueOrder } from './choose.ts';
import { type Claimed, claimFollowers, claimNext } from './claim.ts';
import type { PgJobParts } from './job-parts.ts';
import { notifyKick } from './notify.ts';
import type { PgRunner } from './open.ts';
import { again } from './patience.ts';
import { jobs, updates } from './schema.ts';
import { BEGIN, BEGIN_CHOICE, type Transaction, transaction } from './transaction.ts';

export function pgJobQueue(parts: PgJobParts): JobQueue {
  const { opened, engine, nodeId, bootId, onEnded = () => {} } = parts;
  const { db, pool, quickPool } = opened;
  const claim = async (begin: string, work: (tx: Transaction) => Promise<Claimed>) => {
    // Not tried again: a claim whose answer was lost comes back when nobody renews its lease.
    const { rows, recovery } = await transaction(quickPool, begin, work);
    recovery?.dead.forEach(onEnded);
    return rows;
  };
  return {
    add: (updateId, rows) =>
      again(() =>
        transaction(pool, BEGIN, (tx) => addJobs(tx.db, updateId, rows, { nodeId, bootId })),
      ),
    async claim(rules) {
      const [row] = await claim(BEGIN_CHOICE, (tx) => claimNext(tx, engine, rules, nodeId));
      return row;
    },
    claimFollowers: (fileKey, rules) =>
      claim(BEGIN, (tx) => claimFollowers(tx, engine, { fileKey, rules, nodeId })),
    async order() {
      return (await db.execute<QueuedJob>(queueOrder)).rows;
    },
    async nextDue(now) {
      const later = and(eq(jobs.state, 'queued'), gt(jobs.notBefore, now));
      const [first] = await db
        .select({ at: min(jobs.notBefore) })
        .from(jobs)
        .where(later);
      return first?.at ?? undefined;
    },
    async shiftDue(byMs, before = PAUSED_UNTIL) {
      const mine = and(
        eq(jobs.state, 'queued'),
        eq(jobs.home, nodeId),
        gt(jobs.notBefore, 0),
        lt(jobs.notBefore, before),
      );
      const moved = sql`greatest(0, ${jobs.notBefore} + ${Math.round(byMs)})`;
      await db.update(jobs).set({ notBefore: moved }).where(mine);
    },
  };
}

async function addJobs(
  db: PgRunner,
  updateId: number,
  rows: readonly NewJob[],
  { nodeId, bootId }: Pick<PgJobParts, 'nodeId' | 'bootId'>,
): Promise<JobRow[]> {
  const settled = { state: 'done' as const, request: null };
  if (rows.length > 0) {
    const own = rows.map((row) => ({ ...row, home: nodeId }));
    await db.insert(jobs).values(own).onConflictDoNothing();
  }
  await db.update(updates).set(settled).where(eq(updates.updateId, updateId));
  // The others wait for the id of their status message: only their home may take them until then.
  if (rows.some(({ quiet }) => quiet === 1)) await notifyKick(db, bootId);
  return db.select().from(jobs).where(eq(jobs.updateId, updateId)).orderBy(jobs.item);
}
