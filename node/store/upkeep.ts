/** What keeping the database in order and reporting on it need, beside the work itself. */
import { and, count, gte, inArray, isNotNull, lt, ne, type SQL } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Db, Opened } from './open.ts';
import { audit, files, type JobRow, jobs, playlists, tallies, timings, updates } from './schema.ts';
import { HOUR } from './tallies.ts';

export type EndedJob = Pick<
  JobRow,
  'userId' | 'site' | 'state' | 'errorCode' | 'fromCache' | 'bytes' | 'createdAt' | 'finishedAt'
>;

export const OLD_TABLES = [
  'updates',
  'jobs',
  'questions',
  'files',
  'playlists',
  'tallies',
  'timings',
  'audit',
] as const;
export type OldTable = (typeof OLD_TABLES)[number];

const DAY = 24 * HOUR;

interface Rule {
  from: SQLiteTable;
  /** What may go; nothing that still waits or runs. */
  old(now: number): SQL | undefined;
}

/** How long rows are kept. Users and chats stay until `/privacy` or the operator removes them. */
const RULES: Record<OldTable, Rule> = {
  // Telegram offers an update for 24 h: until then its id tells a repeated one.
  updates: {
    from: updates,
    old: (now) => and(lt(updates.receivedAt, now - 25 * HOUR), ne(updates.state, 'pending')),
  },
  jobs: { from: jobs, old: (now) => lt(jobs.finishedAt, now - 30 * DAY) },
  // A job that asked something and was never answered has no end of its own.
  questions: {
    from: jobs,
    old: (now) => and(inArray(jobs.state, ['asking']), lt(jobs.createdAt, now - 30 * DAY)),
  },
  files: { from: files, old: (now) => lt(files.usedAt, now - 90 * DAY) },
  playlists: { from: playlists, old: (now) => lt(playlists.createdAt, now - 30 * DAY) },
  tallies: { from: tallies, old: (now) => lt(tallies.hour, Math.floor((now - 400 * DAY) / HOUR)) },
  timings: { from: timings, old: (now) => lt(timings.hour, Math.floor((now - 400 * DAY) / HOUR)) },
  audit: { from: audit, old: (now) => lt(audit.at, now - 400 * DAY) },
};

function countOld(db: Db, table: OldTable, now: number): number {
  const { from, old } = RULES[table];
  return db.select({ n: count() }).from(from).where(old(now)).get()?.n ?? 0;
}

export interface Upkeep {
  /** `ID-ATTEMPT` of every job that runs, in this process or another. */
  held(): Set<string>;
  /** Jobs that ended at `time` or later. */
  endedSince(time: number): EndedJob[];
  /** How many rows are past their time, by table. */
  oldRows(now: number): { table: OldTable; rows: number }[];
  /** Removes them; answers how many. */
  forgetOldRows(table: OldTable, now: number): number;
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
    oldRows: (now) => OLD_TABLES.map((table) => ({ table, rows: countOld(db, table, now) })),
    forgetOldRows: (table, now) =>
      db.delete(RULES[table].from).where(RULES[table].old(now)).run().changes,
    quickCheck: () => String(sqlite.pragma('quick_check(1)', { simple: true })),
    checkpoint() {
      sqlite.pragma('wal_checkpoint(TRUNCATE)');
    },
    async backupTo(file) {
      await sqlite.backup(file);
    },
  };
}
