/** Last words that are owed, see `../unsaid.ts`. */
import { and, eq, inArray } from 'drizzle-orm';
import type { JobRow } from '../schema.ts';
import { UNSAID } from '../unsaid.ts';
import type { PgRunner } from './open.ts';
import { jobs, state } from './schema.ts';

export async function markUnsaid(db: PgRunner, id: number, now: number): Promise<void> {
  await db
    .insert(state)
    .values({ space: UNSAID, name: String(id), value: 'true', updatedAt: now })
    .onConflictDoNothing();
}

export async function unmarkUnsaid(db: PgRunner, id: number): Promise<void> {
  await db.delete(state).where(and(eq(state.space, UNSAID), eq(state.name, String(id))));
}

export async function unsaidJobs(db: PgRunner): Promise<JobRow[]> {
  const names = await db.select({ name: state.name }).from(state).where(eq(state.space, UNSAID));
  if (names.length === 0) return [];
  const ids = names.map(({ name }) => Number(name));
  return db.select().from(jobs).where(inArray(jobs.id, ids)).orderBy(jobs.id);
}
