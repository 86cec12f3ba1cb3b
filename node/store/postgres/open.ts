/**
 * Opens PostgreSQL: one small pool, the migrations under a lock of their own, because several
 * nodes start at once after an upgrade.
 */
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import * as schema from './schema.ts';

export type PgDb = NodePgDatabase<typeof schema>;
/** Inside a transaction. */
export type PgTx = Parameters<Parameters<PgDb['transaction']>[0]>[0];
/** Either: what a query needs. */
export type PgRunner = Pick<PgDb, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

export interface OpenedPostgres {
  db: PgDb;
  pool: pg.Pool;
  close(): Promise<void>;
}

export interface PostgresOptions {
  url: string;
  migrationsDir: string;
  /** Told of connections that broke while nobody used them. */
  onError(error: Error): void;
  /** Connections at once; one node needs few, the server pays for each. */
  connections?: number;
}

/** Any number that all nodes agree on. */
const MIGRATION_LOCK = 7_076_801;

/** @throws pg's errors: the server cannot be reached, refuses the login, or a migration fails. */
export async function openPostgres(options: PostgresOptions): Promise<OpenedPostgres> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    // A node that is cut off must notice before its leases run out.
    statement_timeout: 15_000,
    keepAlive: true,
    application_name: 'postchi',
  });
  pool.on('error', options.onError);
  try {
    await migrateOnce(pool, options.migrationsDir);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { db: drizzle(pool, { schema }), pool, close: () => pool.end() };
}

async function migrateOnce(pool: pg.Pool, migrationsFolder: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(drizzle(client, { schema }), { migrationsFolder });
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => {
      // The connection is gone, and the lock with it.
    });
    client.release();
  }
}
