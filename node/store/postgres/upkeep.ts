/** Upkeep on PostgreSQL, which cleans up behind itself; see `../upkeep.ts`. */
import { count, gte, inArray, sql } from 'drizzle-orm';
import { OLD_TABLES, type OldTable, oldRows } from '../old-rows.ts';
import type { Upkeep } from '../upkeep.ts';
import type { PgDb } from './open.ts';
import { audit, files, jobs, playlists, tallies, timings, updates } from './schema.ts';

const TABLES = { updates, jobs, questions: jobs, files, playlists, tallies, timings, audit };

export interface PgUpkeepParts {
  db: PgDb;
  /** Writes all tables into a new SQLite file. */
  backupTo(file: string): Promise<void>;
}

export function pgUpkeepStore({ db, backupTo }: PgUpkeepParts): Upkeep {
  const countOld = async (table: OldTable, now: number) => {
    const old = oldRows(TABLES, table, now);
    const [row] = await db.select({ n: count() }).from(TABLES[table]).where(old);
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
      return (await db.delete(TABLES[table]).where(oldRows(TABLES, table, now))).rowCount ?? 0;
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
