import { type SQL, sql } from 'drizzle-orm';

/** ms since the epoch by the database's clock: those of the nodes may differ. */
export const DB_NOW: SQL<number> = sql<number>`(extract(epoch FROM clock_timestamp()) * 1000)::bigint`;
