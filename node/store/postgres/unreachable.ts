/** What an operator is told when PostgreSQL cannot be used; never with the password. */
import { setTimeout as delay } from 'node:timers/promises';
import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';

/** DATABASE_URL names a server that does not answer or does not let the bot in. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
}

/** SQLSTATE classes and socket errors that pass by themselves: the server starts or is restarted. */
const PASSING = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'ENOENT'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
  // cannot_connect_now, admin_shutdown, crash_shutdown, too_many_connections
  ...['57P03', '57P01', '57P02', '53300'],
  // insufficient_resources, disk_full, out_of_memory
  ...['53000', '53100', '53200'],
  // read_only_sql_transaction: the name leads to a standby until it has taken over
  '25006',
]);

/** pg has no code for these. */
const PASSING_WORDS =
  /Connection terminated|connection error and is not queryable|Query read timeout|timeout exceeded when trying to connect/;

/** Host, port and database: what tells one server from another. */
export function placeOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = hostname || searchParams.get('host') || 'localhost';
  return `${host}:${port || 5432}${pathname}`;
}

/** The error behind what Drizzle and Node wrap: a name with two addresses fails twice. */
export function rootOf(error: unknown): { code: string | undefined; message: string } {
  if (!(error instanceof Error)) return { code: undefined, message: String(error) };
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  if (error.cause instanceof Error && !('code' in error)) return rootOf(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { code, message: error.message || code || error.name };
}

/** Whether the same may succeed in a moment. */
export function isPassing(error: unknown): boolean {
  const { code, message } = rootOf(error);
  return (code !== undefined && PASSING.has(code)) || PASSING_WORDS.test(message);
}

/** No connection was to be had for as long as anybody may wait; its cause says why. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway';
}

/** The same of an error from anywhere: whether it is the database that is away or takes nothing. */
export const isDatabaseAway = (error: unknown): boolean =>
  [DatabaseAway, DrizzleQueryError, pg.DatabaseError].some((kind) => error instanceof kind) &&
  isPassing(error);

/** Invalid password, no such user, no such database, refused by pg_hba.conf, no right to write. */
const REFUSED = new Set(['28P01', '28000', '3D000', '42501']);

export interface PatienceParts {
  url: string;
  /** ms to go on asking a server that is not there yet. */
  waitMs: number;
  onWaiting?(line: string): void;
  sleep?: (ms: number) => Promise<unknown>;
  now?: () => number;
}

const PAUSE_MS = 1_000;

/**
 * Opens with patience: after a reboot the bot is often up before its database.
 * @throws DatabaseUnreachable in one line; anything else is a fault of the program
 */
export async function patiently<T>(open: () => Promise<T>, parts: PatienceParts): Promise<T> {
  const { url, waitMs, onWaiting, sleep = delay, now = Date.now } = parts;
  const until = now() + waitMs;
  for (let told = false; ; ) {
    try {
      return await open();
    } catch (error) {
      const { code, message } = rootOf(error);
      const line = `DATABASE_URL: PostgreSQL at ${placeOf(url)} cannot be used: ${message}`;
      const passing = isPassing(error);
      if (!passing && !REFUSED.has(code ?? '')) throw error;
      if (!passing || now() >= until) throw new DatabaseUnreachable(line, { cause: error });
      if (!told) onWaiting?.(`${line}; trying again for ${Math.round(waitMs / 1000)} s`);
      told = true;
      await sleep(PAUSE_MS);
    }
  }
}
