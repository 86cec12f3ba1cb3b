/** What keeping the database in order and reporting on it need, beside the work itself. */
import { and, eq, gte, inArray, isNotNull, lt } from 'drizzle-orm';
import type { Opened } from './open.ts';
import { type JobRow, jobs } from './schema.ts';

export type EndedJob = Pick<
  JobRow,
  'userId' | 'site' | 'state' | 'errorCode' | 'fromCache' | 'bytes' | 'createdAt' | 'finishedAt'
>;

export interface Upkeep {
  /** `ID-ATTEMPT` of every job that runs, in this process or another. */
  held(): Set<string>;
  /** Jobs that ended at `time` or later. */
  endedSince(time: number): EndedJob[];
  /** Ids of jobs that asked their person something before `time` and never got an answer. */
  unansweredBefore(time: number): number[];
  /** `ok`, or what SQLite found wrong. */
  quickCheck(): string;
  /** Writes the log back into the database file and shortens it. */
  checkpoint(): void;
  /** A consistent copy, made beside running writers. */
  backupTo(file: string): Promise<void>;
}

export function upkeepStore({ db, sqlite }: Pick<Opened, 'db' | 'sqlite'>): Upkeep {
  return {
    held() {
      const rows = db
        .select({ id: jobs.id, attempt: jobs.attempt })
        .from(jobs)
        .where(inArray(jobs.state, ['running', 'sending']))
        .all();
      return new Set(rows.map(({ id, attempt }) => `${id}-${attempt}`));
    },
    endedSince: (time) =>
      db
        .select({
          userId: jobs.userId,
          site: jobs.site,
          state: jobs.state,
          errorCode: jobs.errorCode,
          fromCache: jobs.fromCache,
          bytes: jobs.bytes,
          createdAt: jobs.createdAt,
          finishedAt: jobs.finishedAt,
        })
        .from(jobs)
        .where(and(isNotNull(jobs.finishedAt), gte(jobs.finishedAt, time)))
        .all(),
    unansweredBefore: (time) =>
      db
        .select({ id: jobs.id })
        .from(jobs)
        .where(and(eq(jobs.state, 'asking'), lt(jobs.createdAt, time)))
        .all()
        .map(({ id }) => id),
    quickCheck: () => String(sqlite.pragma('quick_check(1)', { simple: true })),
    checkpoint() {
      sqlite.pragma('wal_checkpoint(TRUNCATE)');
    },
    async backupTo(file) {
      await sqlite.backup(file);
    },
  };
}
