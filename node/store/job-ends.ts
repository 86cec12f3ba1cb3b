/** How runs are over, on SQLite: in one commit with their tally and the words that are owed. */
import { and, eq, inArray } from 'drizzle-orm';
import { cancelValues, endValues, requeueValues } from './ending.ts';
import type { JobEnds } from './jobs.ts';
import type { Db, Tx } from './open.ts';
import { owned } from './owned.ts';
import { type JobRow, jobs, type NewJob } from './schema.ts';
import { addTally } from './tallies.ts';
import { dropUnsaid, markUnsaid, SAYING_MS, unmarkUnsaid, unsaidJobs } from './unsaid.ts';
import { unsynced } from './unsynced.ts';

export function jobEnds(db: Db, onEnded: (job: JobRow) => void): JobEnds {
  /** After the commit: what rolls back did not end. */
  const told = (row: JobRow | undefined): boolean => {
    if (row) onEnded(row);
    return row !== undefined;
  };
  return {
    async end(claim, ending) {
      const ended = db.transaction((tx) => {
        const row = tx.update(jobs).set(endValues(ending)).where(owned(claim)).returning().get();
        if (row) addTally(tx, row);
        if (row && ending.unsaid)
          markUnsaid(tx, row.id, ending.now + SAYING_MS, ending.error?.facts);
        return row;
      });
      return told(ended);
    },
    async requeue(claim, how) {
      const change = requeueValues(claim, how);
      return db.update(jobs).set(change).where(owned(claim)).run().changes === 1;
    },
    async cancelWaiting(id, now, { unsaid = false } = {}) {
      const ended = db.transaction((tx) => {
        const waiting = and(eq(jobs.id, id), inArray(jobs.state, ['queued', 'asking']));
        const row = tx.update(jobs).set(cancelValues(now)).where(waiting).returning().get();
        if (row) addTally(tx, row);
        if (row && unsaid) markUnsaid(tx, id, now + SAYING_MS);
        return row;
      });
      return told(ended);
    },
    async answered(id, now, again) {
      return db.transaction((tx) => answerQuestion(tx, id, now, again), { behavior: 'immediate' });
    },
    async unsaid() {
      return unsaidJobs(db);
    },
    async unspoken(id) {
      unsynced(db, () => dropUnsaid(db, id));
    },
    async said(id, errorId) {
      // Lost in a power cut, the words are said once more: an edit that changes nothing.
      unsynced(db, () =>
        db.transaction((tx) => {
          if (errorId) tx.update(jobs).set({ errorId }).where(eq(jobs.id, id)).run();
          unmarkUnsaid(tx, id);
        }),
      );
    },
  };
}

function answerQuestion(tx: Tx, id: number, now: number, again: NewJob | undefined) {
  const { changes } = tx
    .update(jobs)
    .set({ state: 'done', finishedAt: now })
    .where(and(eq(jobs.id, id), eq(jobs.state, 'uncertain')))
    .run();
  unmarkUnsaid(tx, id);
  const was = changes === 1;
  if (!again) return { was, jobs: [] };
  if (was) tx.insert(jobs).values(again).onConflictDoNothing().run();
  // Told again after a crash, the same update finds the job it made.
  const made = tx.select().from(jobs).where(eq(jobs.updateId, again.updateId)).all();
  return { was, jobs: made };
}
