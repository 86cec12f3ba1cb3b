/** Upkeep on PostgreSQL, which cleans up behind itself; see `../upkeep.ts`. */
import { and, count, eq, gte, inArray, lt, ne, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { keptSince, OLD_TABLES, type OldTable } from '../old-rows.ts';
import { HOUR } from '../tallies.ts';
import type { Upkeep } from '../upkeep.ts';
import type { PgDb } from './open.ts';
import { audit, files, jobs, playlists, tallies, timings, updates } from './schema.ts';

interface Rule {
  from: PgTable;
  old(since: number): SQL | undefined;
}

const RULES: Record<OldTable, Rule> = {
  updates: {
    from: updates,
    old: (since) => and(lt(updates.receivedAt, since), ne(updates.state, 'pending')),
  },
  jobs: { from: jobs, old: (since) => lt(jobs.finishedAt, since) },
  questions: {
    from: jobs,
    old: (since) => and(eq(jobs.state, 'asking'), lt(jobs.createdAt, since)),
  },
  files: { from: files, old: (since) => lt(files.usedAt, since) },
  playlists: { from: playlists, old: (since) => lt(playlists.createdAt, since) },
  tallies: { from: tallies, old: (since) => lt(tallies.hour, Math.floor(since / HOUR)) },
  timings: { from: timings, old: (since) => lt(timings.hour, Math.floor(since / HOUR)) },
  audit: { from: audit, old: (since) => lt(audit.at, since) },
};

export interface PgUpkeepParts {
  db: PgDb;
  /** Writes all tables into a new SQLite file. */
  backupTo(file: string): Promise<void>;
}

export function pgUpkeepStore({ db, backupTo }: PgUpkeepParts): Upkeep {
  const countOld = async (table: OldTable, now: number) => {
    const { from, old } = RULES[table];
    const [row] = await db
      .select({ n: count() })
      .from(from)
      .where(old(keptSince(table, now)));
    return { table, rows: row?.n ?? 0 };
  };
  return {
    kind: 'postgres',
    async held() {
      const rows = await db
        .select({ id: jobs.id, attempt: jobs.attempt })
        .from(jobs)
        .where(inArray(jobs.state, ['running', 'sending']));
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
        .where(gte(jobs.finishedAt, time)),
    async oldRows(now) {
      const counted = [];
      for (const table of OLD_TABLES) counted.push(await countOld(table, now));
      return counted;
    },
    async forgetOldRows(table, now) {
      const { from, old } = RULES[table];
      return (await db.delete(from).where(old(keptSince(table, now)))).rowCount ?? 0;
    },
    async quickCheck() {
      try {
        await db.execute(sql`SELECT 1`);
        return 'ok';
      } catch (error) {
        return wordsOf(error);
      }
    },
    async bytes() {
      const size = await db.execute<{ bytes: string }>(
        sql`SELECT pg_database_size(current_database()) AS bytes`,
      );
      return Number(size.rows[0]?.bytes ?? 0);
    },
    // The server writes its log back by itself.
    async checkpoint() {},
    backupTo,
  };
}

/** Drizzle's own words quote the query; the reason stands behind them. */
function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
