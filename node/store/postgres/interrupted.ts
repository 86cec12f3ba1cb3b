/** Jobs whose node died, stopped without a word, or could not write down what became of them. */
import { and, eq, gt, inArray, isNull, ne, or, sql } from 'drizzle-orm';
import {
  afterInterruption,
  emptyRecovery,
  type Interrupted,
  LONGEST_DELAY_MS,
  type Recovery,
} from '../interrupted.ts';
import { LIVE } from '../jobs.ts';
import { PAUSED_UNTIL } from '../playlists.ts';
import type { JobRow } from '../schema.ts';
import { type Engine, hasEntry, type Stray } from './engine.ts';
import { notifyKick } from './notify.ts';
import type { PgRunner } from './open.ts';
import { jobs } from './schema.ts';
import { pgAddTally } from './tallies.ts';
import type { Transaction } from './transaction.ts';
import { markUnsaid } from './unsaid.ts';

/** Decides as SQLite does; the caller drops its ticket in the same transaction. */
export async function moveInterrupted(
  db: PgRunner,
  row: JobRow,
  how: { now: number; crash: boolean },
): Promise<Interrupted> {
  const { kind, change } = afterInterruption(row, how);
  const [job] = await db.update(jobs).set(change).where(eq(jobs.id, row.id)).returning();
  if (!job) throw new Error(`job ${row.id} is gone`);
  if (kind !== 'requeued') {
    await pgAddTally(db, job);
    await markUnsaid(db, job.id, how.now);
  }
  return { kind, job };
}

/** When it is found, and by which start of which node. */
interface Finding {
  now: number;
  bootId: string;
}

async function moveAll(
  db: PgRunner,
  rows: readonly JobRow[],
  { now, bootId }: Finding,
): Promise<Recovery> {
  const recovery = emptyRecovery();
  for (const row of rows) {
    const { kind, job } = await moveInterrupted(db, row, { now, crash: true });
    recovery[kind].push(job);
  }
  if (recovery.requeued.length > 0) await notifyKick(db, bootId);
  return recovery;
}

/**
 * Entries the engine handed out again: the jobs that still hold them were interrupted. One whose
 * row is being written at this moment is left: that write ends it, or its new lease runs out.
 */
export async function moveStrays(
  { db, engine }: Transaction,
  boss: Engine,
  strays: readonly Stray[],
  found: Finding,
): Promise<Recovery> {
  if (strays.length === 0) return emptyRecovery();
  const tickets = strays.map(({ ticket }) => ticket);
  const held = and(inArray(jobs.ticket, tickets), inArray(jobs.state, LIVE));
  const alive = await db.select({ ticket: jobs.ticket }).from(jobs).where(held);
  const rows = await db
    .select()
    .from(jobs)
    .where(held)
    .orderBy(jobs.id)
    .for('update', { skipLocked: true });
  const recovery = await moveAll(db, rows, found);
  const moved = new Set(rows.map(({ ticket }) => ticket));
  const left = new Set(alive.flatMap(({ ticket }) => (moved.has(ticket) ? [] : ticket)));
  await boss.dropStrays(
    engine,
    strays.filter(({ ticket }) => !left.has(ticket)),
  );
  return recovery;
}

/** Entries of the dead-letter queue: their jobs were lost as often as any may be. */
export async function moveDead(
  { db, engine }: Transaction,
  boss: Engine,
  dead: readonly Stray[],
  found: Finding,
): Promise<Recovery> {
  if (dead.length === 0) return emptyRecovery();
  const tickets = dead.map(({ ticket }) => ticket);
  const held = and(inArray(jobs.ticket, tickets), inArray(jobs.state, LIVE));
  const rows = await db.select().from(jobs).where(held).orderBy(jobs.id).for('update');
  const recovery = await moveAll(db, rows, found);
  await boss.dropStrays(engine, dead);
  // What failed for good stays in its own queue as well.
  await boss.drop(engine, tickets);
  return recovery;
}

/** Jobs that run without an entry, e.g. because the engine's tables were emptied by hand. */
export async function moveTicketless({ db }: Transaction, found: Finding): Promise<Recovery> {
  const held = and(inArray(jobs.state, LIVE), sql`NOT ${hasEntry(sql`${jobs.ticket}`)}`);
  const rows = await db.select().from(jobs).where(held).orderBy(jobs.id).for('update');
  return moveAll(db, rows, found);
}

/** After a start nothing of an earlier boot of this node runs any more; other nodes' jobs do. */
export async function recoverOwn(
  { db, engine }: Transaction,
  boss: Engine,
  found: Finding & { boot: string; nodeId: string },
): Promise<Recovery> {
  const { now, boot, nodeId } = found;
  const mine = or(eq(jobs.home, nodeId), isNull(jobs.home), isNull(jobs.ticket));
  const left = and(inArray(jobs.state, LIVE), ne(jobs.bootId, boot), mine);
  const rows = await db.select().from(jobs).where(left).orderBy(jobs.id).for('update');
  const recovery = await moveAll(db, rows, found);
  await boss.drop(
    engine,
    rows.flatMap(({ ticket }) => ticket ?? []),
  );
  await db
    .update(jobs)
    .set({ notBefore: now + LONGEST_DELAY_MS })
    .where(
      and(
        eq(jobs.state, 'queued'),
        gt(jobs.notBefore, now + LONGEST_DELAY_MS),
        ne(jobs.notBefore, PAUSED_UNTIL),
        or(eq(jobs.home, nodeId), isNull(jobs.home)),
      ),
    );
  return recovery;
}
