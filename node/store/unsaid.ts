/**
 * Last words that are owed: the job has ended, and the person has not been told. They are said
 * when Telegram can be reached again, also by a later process.
 */
import { and, eq, inArray } from 'drizzle-orm';
import type { Db, Tx } from './open.ts';
import { type JobRow, jobs, state } from './schema.ts';

/** Their space in the table of small state. */
export const UNSAID = 'unsaid';
const nameOf = (id: number) => and(eq(state.space, UNSAID), eq(state.name, String(id)));

export function markUnsaid(tx: Tx, id: number, now: number): void {
  tx.insert(state)
    .values({ space: UNSAID, name: String(id), value: 'true', updatedAt: now })
    .onConflictDoNothing()
    .run();
}

export function unmarkUnsaid(db: Pick<Db, 'delete'>, id: number): void {
  db.delete(state).where(nameOf(id)).run();
}

export function unsaidJobs(db: Db): JobRow[] {
  const names = db.select({ name: state.name }).from(state).where(eq(state.space, UNSAID)).all();
  if (names.length === 0) return [];
  const ids = names.map(({ name }) => Number(name));
  return db.select().from(jobs).where(inArray(jobs.id, ids)).orderBy(jobs.id).all();
}
