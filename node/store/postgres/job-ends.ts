/** How runs are over, on PostgreSQL: in one commit with their tally and the words that are owed. */
import { and, eq, inArray } from 'drizzle-orm';
import { cancelValues, endValues, requeueValues } from '../ending.ts';
import type { JobEnds } from '../jobs.ts';
import type { JobRow, JobState, NewJob } from '../schema.ts';
import { SAYING_MS } from '../unsaid.ts';
import { ticketOf } from './engine.ts';
import type { PgJobParts } from './job-parts.ts';
import { notifyKick } from './notify.ts';
import type { PgRunner } from './open.ts';
import { owned } from './owned.ts';
import { again } from './patience.ts';
import { jobs } from './schema.ts';
import { pgAddTally } from './tallies.ts';
import { BEGIN, transaction } from './transaction.ts';
import { dropUnsaid, markUnsaid, unmarkUnsaid, unsaidJobs } from './unsaid.ts';

export function pgJobEnds(parts: PgJobParts): JobEnds {
  const { opened, engine, nodeId, bootId, onEnded = () => {} } = parts;
  const { pool } = opened;
  const told = (row: JobRow | undefined): boolean => {
    if (row) onEnded(row);
    return row !== undefined;
  };
  return {
    async end(claim, ending) {
      const ended = await again(() =>
        transaction(pool, BEGIN, async ({ db, engine: entries }) => {
          const [row] = await db
            .update(jobs)
            .set(endValues(ending))
            .where(owned(claim))
            .returning();
          if (!row) return undefined;
          await engine.drop(entries, ticketOf(row));
          const { unsaid, now, error } = ending;
          if (unsaid) await markUnsaid(db, row.id, now + SAYING_MS, error?.facts);
          await pgAddTally(db, row);
          return row;
        }),
      );
      return told(ended);
    },
    requeue: (claim, how) =>
      again(() =>
        transaction(pool, BEGIN, async ({ db, engine: entries }) => {
          const change = requeueValues(claim, how);
          const [row] = await db.update(jobs).set(change).where(owned(claim)).returning();
          if (!row) return false;
          await engine.drop(entries, ticketOf(row));
          if (how.notBefore === 0) await notifyKick(db, bootId);
          return true;
        }),
      ),
    async cancelWaiting(id, now, { unsaid = false } = {}) {
      const ended = await transaction(pool, BEGIN, async ({ db }) => {
        const states: JobState[] = ['queued', 'asking'];
        const waiting = and(eq(jobs.id, id), inArray(jobs.state, states));
        const [row] = await db.update(jobs).set(cancelValues(now)).where(waiting).returning();
        if (row) await pgAddTally(db, row);
        if (row && unsaid) await markUnsaid(db, id, now + SAYING_MS);
        return row;
      });
      return told(ended);
    },
    answered: (id, now, more) =>
      transaction(pool, BEGIN, ({ db }) => answerQuestion(db, { id, now, more, nodeId, bootId })),
    unsaid: () => unsaidJobs(opened.db),
    unspoken: (id) => again(() => dropUnsaid(opened.db, id)),
    said: (id, errorId) =>
      again(() =>
        transaction(pool, BEGIN, async (tx) => {
          if (errorId) await tx.db.update(jobs).set({ errorId }).where(eq(jobs.id, id));
          await unmarkUnsaid(tx.db, id);
        }),
      ),
  };
}

interface Question extends Pick<PgJobParts, 'nodeId' | 'bootId'> {
  id: number;
  now: number;
  more: NewJob | undefined;
}

async function answerQuestion(db: PgRunner, { id, now, more, nodeId, bootId }: Question) {
  const { rowCount } = await db
    .update(jobs)
    .set({ state: 'done', finishedAt: now })
    .where(and(eq(jobs.id, id), eq(jobs.state, 'uncertain')));
  await unmarkUnsaid(db, id);
  const was = rowCount === 1;
  if (!more) return { was, jobs: [] };
  if (was) {
    await db
      .insert(jobs)
      .values({ ...more, home: nodeId })
      .onConflictDoNothing();
    await notifyKick(db, bootId);
  }
  // Told again after a crash, the same update finds the job it made.
  return { was, jobs: await db.select().from(jobs).where(eq(jobs.updateId, more.updateId)) };
}
