/** Jobs that wait, on SQLite, and the choice of the one that runs next. */
import { and, eq, gt, lt, sql } from 'drizzle-orm';
import { type ClaimRules, type JobQueue, type QueuedJob, SUSPECT_AFTER } from './jobs.ts';
import type { Db, Tx } from './open.ts';
import { PAUSED_UNTIL } from './playlists.ts';
import { type JobRow, jobs, type NewJob, updates } from './schema.ts';
import { unsynced } from './unsynced.ts';

export function jobQueue(db: Db): JobQueue {
  return {
    async add(updateId, rows) {
      // Lost in a power cut, the update waits as it was accepted and makes the same jobs again.
      return unsynced(db, () =>
        db.transaction((tx) => addOfUpdate(tx, updateId, rows), { behavior: 'immediate' }),
      );
    },
    async claim(rules) {
      // Lost in a power cut, a claim is a job that still waits; sending waits for the disk.
      return unsynced(db, () => claimNext(db, rules));
    },
    async claimFollowers(fileKey, { bootId, now, leaseMs }) {
      const claim = db
        .update(jobs)
        .set(claimValues(bootId, now, leaseMs))
        .where(
          and(eq(jobs.fileKey, fileKey), eq(jobs.state, 'queued'), lt(jobs.crashes, SUSPECT_AFTER)),
        )
        .returning();
      return unsynced(db, () => claim.all());
    },
    async order() {
      return queueOrder(db);
    },
    async nextDue(now) {
      const later = and(eq(jobs.state, 'queued'), gt(jobs.notBefore, now));
      return (
        db
          .select({ at: sql<number | null>`min(${jobs.notBefore})` })
          .from(jobs)
          .where(later)
          .get()?.at ?? undefined
      );
    },
    async shiftDue(byMs, before = PAUSED_UNTIL) {
      db.update(jobs)
        .set({ notBefore: sql`max(0, ${jobs.notBefore} + ${Math.round(byMs)})` })
        .where(and(eq(jobs.state, 'queued'), gt(jobs.notBefore, 0), lt(jobs.notBefore, before)))
        .run();
    },
  };
}

function addOfUpdate(tx: Tx, updateId: number, rows: NewJob[]): JobRow[] {
  if (rows.length > 0) tx.insert(jobs).values(rows).onConflictDoNothing().run();
  tx.update(updates)
    .set({ state: 'done', request: null })
    .where(eq(updates.updateId, updateId))
    .run();
  return tx.select().from(jobs).where(eq(jobs.updateId, updateId)).orderBy(jobs.item).all();
}

const claimValues = (bootId: string, now: number, leaseMs: number) => ({
  state: 'running' as const,
  stage: 'extracting' as const,
  bootId,
  leaseUntil: now + leaseMs,
  attempt: sql`${jobs.attempt} + 1`,
  startedAt: sql`coalesce(${jobs.startedAt}, ${now})`,
});

/**
 * The fair choice: whoever has the fewest jobs running goes first, then the oldest job. A job
 * whose file is being fetched already stays queued, and is served when that one is done.
 */
function claimNext(db: Db, rules: ClaimRules): JobRow | undefined {
  const sites = rules.skipSites.length > 0 ? sql`AND j.site NOT IN ${[...rules.skipSites]}` : sql``;
  const next = sql`(
    SELECT j.id FROM jobs j
    LEFT JOIN (SELECT user_id, count(*) AS n FROM jobs
               WHERE state IN ('running', 'sending') GROUP BY user_id) r ON r.user_id = j.user_id
    WHERE j.state = 'queued' AND j.not_before <= ${rules.now}
      AND coalesce(r.n, 0) < ${rules.perUser} ${sites}
      AND NOT EXISTS (SELECT 1 FROM jobs o
                      WHERE o.file_key = j.file_key AND o.state IN ('running', 'sending'))
      AND (j.crashes < ${SUSPECT_AFTER} OR NOT EXISTS (
        SELECT 1 FROM jobs s
        WHERE s.crashes >= ${SUSPECT_AFTER} AND s.state IN ('running', 'sending')))
    ORDER BY coalesce(r.n, 0), j.id LIMIT 1)`;
  return db
    .update(jobs)
    .set(claimValues(rules.bootId, rules.now, rules.leaseMs))
    .where(sql`${jobs.id} = ${next}`)
    .returning()
    .get();
}

function queueOrder(db: Db): QueuedJob[] {
  return db.all<QueuedJob>(sql`
    SELECT q.id, q.update_id AS "updateId", q.user_id AS "userId", q.site,
           q.not_before AS "notBefore"
    FROM (SELECT id, update_id, user_id, site, not_before,
                 row_number() OVER (PARTITION BY user_id ORDER BY id) AS k
          FROM jobs WHERE state = 'queued') q
    LEFT JOIN (SELECT user_id, count(*) AS n FROM jobs
               WHERE state IN ('running', 'sending') GROUP BY user_id) r ON r.user_id = q.user_id
    ORDER BY q.k + coalesce(r.n, 0), q.id`);
}
