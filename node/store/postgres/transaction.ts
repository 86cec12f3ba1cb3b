/** Transactions whose statements are drizzle's and the queue engine's, on one connection. */
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { PgRunner } from './open.ts';
import { again } from './patience.ts';

/** What pg-boss asks of a database. */
export interface EngineDb {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: never[] }>;
}

export interface Transaction {
  db: PgRunner;
  engine: EngineDb;
}

/**
 * Every choice of what runs next is made under this lock, one node after the other: two nodes
 * that looked at once would both take a person's last place, or the same file.
 */
const CHOICE_LOCK = 7_076_802;
export const BEGIN = 'BEGIN';
/** In one message to the server; the choice that follows sees what the one before it did. */
export const BEGIN_CHOICE = `BEGIN; SELECT pg_advisory_xact_lock(${CHOICE_LOCK})`;

/** @throws what `work` throws, after everything was taken back */
export async function transaction<T>(
  pool: pg.Pool,
  begin: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await again(() => begun(pool, begin));
  let broken: Error | undefined;
  try {
    const result = await work(over(client));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((cause) => {
      broken = cause;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A connection may break between its choice and its first statement: nothing is done by then. */
async function begun(pool: pg.Pool, begin: string): Promise<pg.PoolClient> {
  const client = await pool.connect();
  try {
    await client.query(begin);
    return client;
  } catch (error) {
    // With what it holds: the server ends a transaction along with its connection.
    client.release(true);
    throw error;
  }
}

const known = new WeakMap<pg.PoolClient, Transaction>();

function over(client: pg.PoolClient): Transaction {
  const found = known.get(client);
  if (found) return found;
  const made = { db: drizzle(client), engine: engineDb(client) };
  known.set(client, made);
  return made;
}

/** The engine's texts are few and long: the server keeps each one planned. */
export const engineDb = (client: Pick<pg.PoolClient, 'query'>): EngineDb => ({
  executeSql: (text, values) =>
    values === undefined
      ? (client.query(text) as unknown as Promise<{ rows: never[] }>)
      : (client.query({ name: nameOf(text), text, values }) as Promise<{ rows: never[] }>),
});

const names = new Map<string, string>();

function nameOf(text: string): string {
  const name = names.get(text) ?? `engine-${names.size + 1}`;
  names.set(text, name);
  return name;
}
