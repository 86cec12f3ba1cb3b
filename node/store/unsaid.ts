/**
 * Last words that are owed: the job has ended, and it is not certain that the person was told.
 * They are said when Telegram can be reached, also by a later process.
 */
import { and, eq, inArray } from 'drizzle-orm';
import * as v from 'valibot';
import type { ErrorFacts } from '../../shared/errors.ts';
import type { Db, Tx } from './open.ts';
import { type JobRow, jobs, state } from './schema.ts';

/** An ended job whose last words are owed. */
export interface OwedJob extends JobRow {
  /** What its words have to tell besides the code. */
  facts: ErrorFacts;
  /** Until then, ms since the epoch, they are said by the run that ended the job, if it lives. */
  inMouthUntil: number;
}

/** Their space in the table of small state. */
export const UNSAID = 'unsaid';
/** A run has said its words by then, or its node is gone or cut off, ms. */
export const SAYING_MS = 60_000;

const nameOf = (id: number) => and(eq(state.space, UNSAID), eq(state.name, String(id)));

const Facts = v.object({
  size: v.exactOptional(v.number()),
  smallest: v.exactOptional(v.number()),
  limit: v.exactOptional(v.number()),
  until: v.exactOptional(v.number()),
  site: v.exactOptional(v.string()),
});

/** The row of a debt; `until` is when somebody else than the run itself may say it. */
export const unsaidRow = (id: number, until: number, facts: ErrorFacts = {}) => ({
  ...{ space: UNSAID, name: String(id), value: JSON.stringify(facts), updatedAt: until },
});

/** Puts each job together with what is owed about it. */
export function owedJobs(
  rows: readonly JobRow[],
  debts: readonly { name: string; value: string; updatedAt: number }[],
): OwedJob[] {
  const byId = new Map(debts.map((debt) => [debt.name, debt]));
  return rows.flatMap((row) => {
    const debt = byId.get(String(row.id));
    if (!debt) return [];
    const facts = v.safeParse(v.pipe(v.string(), v.parseJson(), Facts), debt.value);
    // Written by a version that kept no facts: the code has to do.
    return [{ ...row, facts: facts.success ? facts.output : {}, inMouthUntil: debt.updatedAt }];
  });
}

export function markUnsaid(tx: Tx, id: number, until: number, facts?: ErrorFacts): void {
  tx.insert(state)
    .values(unsaidRow(id, until, facts))
    .onConflictDoNothing()
    .run();
}

/** Nobody says it just now. */
export function dropUnsaid(db: Pick<Db, 'update'>, id: number): void {
  db.update(state).set({ updatedAt: 0 }).where(nameOf(id)).run();
}

export function unmarkUnsaid(db: Pick<Db, 'delete'>, id: number): void {
  db.delete(state).where(nameOf(id)).run();
}

export function unsaidJobs(db: Db): OwedJob[] {
  const debts = db.select().from(state).where(eq(state.space, UNSAID)).all();
  if (debts.length === 0) return [];
  const ids = debts.map(({ name }) => Number(name));
  const rows = db.select().from(jobs).where(inArray(jobs.id, ids)).orderBy(jobs.id).all();
  return owedJobs(rows, debts);
}
