/** What screens and figures read of the jobs, on PostgreSQL. */
import { and, asc, count, desc, eq, inArray } from 'drizzle-orm';
import { figuresOf, type JobReads, LIVE } from '../jobs.ts';
import type { PgJobParts } from './job-parts.ts';
import { again } from './patience.ts';
import { jobs } from './schema.ts';

export function pgJobReads({ opened: { db } }: PgJobParts): JobReads {
  return {
    async find(id) {
      return (await again(() => db.select().from(jobs).where(eq(jobs.id, id))))[0];
    },
    async findByError(errorId) {
      const named = eq(jobs.errorId, errorId);
      return (await db.select().from(jobs).where(named).orderBy(desc(jobs.id)).limit(1))[0];
    },
    async ofUser(userId, states, limit) {
      const theirs = and(eq(jobs.userId, userId), inArray(jobs.state, [...states]));
      return db.select().from(jobs).where(theirs).orderBy(desc(jobs.id)).limit(limit);
    },
    async ofUpdate(updateId) {
      return db.select().from(jobs).where(eq(jobs.updateId, updateId)).orderBy(asc(jobs.id));
    },
    async countOfUser(userId) {
      const waiting = and(eq(jobs.userId, userId), inArray(jobs.state, ['queued', ...LIVE]));
      return (await db.select({ n: count() }).from(jobs).where(waiting))[0]?.n ?? 0;
    },
    async live(limit) {
      const runs = inArray(jobs.state, LIVE);
      return db.select().from(jobs).where(runs).orderBy(asc(jobs.startedAt)).limit(limit);
    },
    async waiting() {
      return db.select().from(jobs).where(eq(jobs.state, 'queued')).orderBy(asc(jobs.id));
    },
    async figures() {
      const rows = await db
        .select({ state: jobs.state, n: count() })
        .from(jobs)
        .where(inArray(jobs.state, ['queued', ...LIVE]))
        .groupBy(jobs.state);
      return figuresOf(rows);
    },
  };
}
