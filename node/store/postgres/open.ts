/**
 * Opens PostgreSQL: small pools, the migrations under a lock of their own, because several nodes
 * start at once after an upgrade.
 */
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { CleanClient } from './client.ts';
import { databaseTime, type SharedClock, sharedClock } from './clock.ts';
import { PATIENCE_MS, patientPool } from './patience.ts';
import * as schema from './schema.ts';

export type PgDb = NodePgDatabase<typeof schema>;
/** What a query needs, inside a transaction or not. */
export type PgRunner = Pick<PgDb, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

export interface OpenedPostgres {
  /** Where it is, with the password. */
  url: string;
  db: PgDb;
  pool: pg.Pool;
  /**
   * For writes that need not survive the database server's power cut, e.g. which stage a job is
   * in: nobody waits for its disk. The next commit of the other pool brings them there as well.
   */
  quick: PgDb;
  quickPool: pg.Pool;
  /** For what somebody outside waits for: no other work may hold its connection. */
  doorPool: pg.Pool;
  /** The time all nodes go by. */
  clock: SharedClock;
  close(): Promise<void>;
}

export interface PostgresOptions {
  url: string;
  migrationsDir: string;
  /** Told of connections that broke while nobody used them. */
  onError(error: Error): void;
  /** Told when this machine's clock is so many ms ahead of the database's, 0 when it no longer is. */
  onClockApart?(aheadMs: number): void;
  /** Connections at once; one node needs few, the server pays for each. */
  connections?: number;
}

/** Any number that all nodes agree on. */
const MIGRATION_LOCK = 7_076_801;
const CONNECTIONS = 10;
const QUICK_CONNECTIONS = 4;
const DOOR_CONNECTIONS = 1;

/** @throws pg's errors: the server cannot be reached, refuses the login, or a migration fails. */
export async function openPostgres(options: PostgresOptions): Promise<OpenedPostgres> {
  await migrateOnce(options);
  // How long a start waits for its database is its caller's choice; later a restart is waited for.
  const patience = () => PATIENCE_MS;
  const pool = poolOf(options, { max: options.connections ?? CONNECTIONS }, patience);
  const unsynced = { max: QUICK_CONNECTIONS, options: '-c synchronous_commit=off' };
  const quickPool = poolOf(options, unsynced, patience);
  const doorPool = poolOf(options, { max: DOOR_CONNECTIONS }, patience);
  const clock = sharedClock({
    ask: databaseTime(quickPool),
    onApart: (aheadMs) => options.onClockApart?.(aheadMs),
  });
  await clock.compare();
  return {
    url: options.url,
    ...{ db: drizzle(pool, { schema }), pool, quick: drizzle(quickPool, { schema }) },
    ...{ quickPool, doorPool, clock },
    async close() {
      await Promise.all([pool.end(), quickPool.end(), doorPool.end()]);
    },
  };
}

function poolOf(
  { url, onError }: PostgresOptions,
  own: pg.PoolConfig,
  patience: () => number,
): pg.Pool {
  const config = {
    connectionString: url,
    Client: CleanClient,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    // A node that is cut off must notice before its leases run out.
    statement_timeout: 15_000,
    // Nor waits for an answer that a dead cable holds back.
    query_timeout: 20_000,
    // A node paused in the middle of a transaction must not hold up the others with its locks.
    idle_in_transaction_session_timeout: 5_000,
    keepAlive: true,
    application_name: 'postchi',
    ...own,
  };
  const pool = patientPool(config, patience);
  pool.on('error', onError);
  // One that breaks while somebody has it fails what was asked of it; unheard, it would end the node.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

async function migrateOnce(options: PostgresOptions): Promise<void> {
  // Another node's migration of a large table may take longer than any statement of the work.
  const patient = { max: 1, statement_timeout: 0, query_timeout: 0 };
  const pool = poolOf(options, patient, () => 0);
  try {
    const client = await pool.connect();
    try {
      await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      await migrate(drizzle(client, { schema }), { migrationsFolder: options.migrationsDir });
    } finally {
      // Ended and not reused: the lock goes with it.
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}
