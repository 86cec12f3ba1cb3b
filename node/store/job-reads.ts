/** What screens and figures read of the jobs, on SQLite. */
import { and, asc, count, desc, eq, inArray } from 'drizzle-orm';
import { figuresOf, type JobReads, LIVE } from './jobs.ts';
import type { Db } from './open.ts';
import { jobs } from './schema.ts';

export function jobReads(db: Db): JobReads {
  return {
    async find(id) {
      return db.select().from(jobs).where(eq(jobs.id, id)).get();
    },
    async findByError(errorId) {
      return db.select().from(jobs).where(eq(jobs.errorId, errorId)).orderBy(desc(jobs.id)).get();
    },
    async ofUser(userId, states, limit) {
      return db
        .select()
        .from(jobs)
        .where(and(eq(jobs.userId, userId), inArray(jobs.state, [...states])))
        .orderBy(desc(jobs.id))
        .limit(limit)
        .all();
    },
    async ofUpdate(updateId) {
      return db.select().from(jobs).where(eq(jobs.updateId, updateId)).orderBy(asc(jobs.id)).all();
    },
    async countOfUser(userId) {
      const waiting = and(eq(jobs.userId, userId), inArray(jobs.state, ['queued', ...LIVE]));
      return db.select({ n: count() }).from(jobs).where(waiting).get()?.n ?? 0;
    },
    async live(limit) {
      const runs = inArray(jobs.state, LIVE);
      return db.select().from(jobs).where(runs).orderBy(asc(jobs.startedAt)).limit(limit).all();
    },
    async waiting() {
      return db.select().from(jobs).where(eq(jobs.state, 'queued')).orderBy(asc(jobs.id)).all();
    },
    async figures() {
      const rows = db
        .select({ state: jobs.state, n: count() })
        .from(jobs)
        .where(inArray(jobs.state, ['queued', ...LIVE]))
        .groupBy(jobs.state)
        .all();
      return figuresOf(rows);
    },
  };
}
