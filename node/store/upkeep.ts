/** What keeping the database in order and reporting on it need, beside the work itself. */
import { statSync } from 'node:fs';
import { and, count, gte, inArray, isNotNull } from 'drizzle-orm';
import { OLD_TABLES, type OldTable, oldRows } from './old-rows.ts';
import type { Db, Opened } from './open.ts';
import { audit, files, type JobRow, jobs, playlists, tallies, timings, updates } from './schema.ts';

export type EndedJob = Pick<
  JobRow,
  'userId' | 'site' | 'state' | 'errorCode' | 'fromCache' | 'bytes' | 'createdAt' | 'finishedAt'
>;

const TABLES = { updates, jobs, questions: jobs, files, playlists, tallies, timings, audit };

function countOld(db: Db, table: OldTable, now: number): number {
  const old = oldRows(TABLES, table, now);
  return db.select({ n: count() }).from(TABLES[table]).where(old).get()?.n ?? 0;
}

export interface Upkeep {
  readonly kind: 'sqlite' | 'postgres';
  /** `ID-ATTEMPT` of every job that runs, in this process or another. */
  held(): Promise<Set<string>>;
  /** Jobs that ended at `time` or later. */
  endedSince(time: number): Promise<EndedJob[]>;
  /** How many rows are past their time, by table. */
  oldRows(now: number): Promise<{ table: OldTable; rows: number }[]>;
  /** Removes them; answers how many. */
  forgetOldRows(table: OldTable, now: number): Promise<number>;
  /** `ok`, or what is wrong with the database. */
  quickCheck(): Promise<string>;
  /** What the database takes, in bytes. */
  bytes(): Promise<number>;
  /** SQLite: writes the log back into the database file and shortens it. */
  checkpoint(): Promise<void>;
  /** A consistent copy as an SQLite file, made beside running writers. */
  backupTo(file: string): Promise<void>;
}

export function upkeepStore({ db, sqlite }: Pick<Opened, 'db' | 'sqlite'>): Upkeep {
  return {
    kind: 'sqlite',
    async held() {
      const rows = db
        .select({ id: jobs.id, attempt: jobs.attempt })
        .from(jobs)
        .where(inArray(jobs.state, ['running', 'sending']))
        .all();
      return new Set(rows.map(({ id, attempt }) => `${id}-${attempt}`));
    },
    async endedSince(time) {
      return db
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
        .all();
    },
    async oldRows(now) {
      return OLD_TABLES.map((table) => ({ table, rows: countOld(db, table, now) }));
    },
    async forgetOldRows(table, now) {
      return db
        .delete(TABLES[table])
        .where(oldRows(TABLES, table, now))
        .run().changes;
    },
    async quickCheck() {
      return String(sqlite.pragma('quick_check(1)', { simple: true }));
    },
    async bytes() {
      return statSync(sqlite.name).size;
    },
    async checkpoint() {
      sqlite.pragma('wal_checkpoint(TRUNCATE)');
    },
    async backupTo(file) {
      await sqlite.backup(file);
    },
  };
}
