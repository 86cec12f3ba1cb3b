/** Last words that are owed, see `../unsaid.ts`. */
import { and, eq, inArray } from 'drizzle-orm';
import type { ErrorFacts } from '../../../shared/errors.ts';
import { type OwedJob, owedJobs, UNSAID, unsaidRow } from '../unsaid.ts';
import type { PgRunner } from './open.ts';
import { jobs, state } from './schema.ts';

export async function markUnsaid(
  db: PgRunner,
  id: number,
  until: number,
  facts?: ErrorFacts,
): Promise<void> {
  await db
    .insert(state)
    .values(unsaidRow(id, until, facts))
    .onConflictDoNothing();
}

const nameOf = (id: number) => and(eq(state.space, UNSAID), eq(state.name, String(id)));

/** Nobody says it just now. */
export async function dropUnsaid(db: PgRunner, id: number): Promise<void> {
  await db.update(state).set({ updatedAt: 0 }).where(nameOf(id));
}

export async function unmarkUnsaid(db: PgRunner, id: number): Promise<void> {
  await db.delete(state).where(nameOf(id));
}

export async function unsaidJobs(db: PgRunner): Promise<OwedJob[]> {
  const debts = await db.select().from(state).where(eq(state.space, UNSAID));
  if (debts.length === 0) return [];
  const ids = debts.map(({ name }) => Number(name));
  const rows = await db.select().from(jobs).where(inArray(jobs.id, ids)).orderBy(jobs.id);
  return owedJobs(rows, debts);
}
