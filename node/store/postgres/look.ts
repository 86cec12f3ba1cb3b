/** A look at the server, without changing anything there. */
import pg from 'pg';
import { DatabaseUnreachable, placeOf, rootOf } from './unreachable.ts';

export interface Look {
  /** As `15.9`. */
  version: string;
  bytes: number;
}

const QUERY = `SELECT current_setting('server_version') AS version,
  pg_database_size(current_database()) AS bytes`;

/** @throws DatabaseUnreachable with whatever the server or the way to it said */
export async function lookAtPostgres(url: string): Promise<Look> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // Told by the query as well.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; bytes: string }>(QUERY);
    const [found] = rows;
    return { version: found?.version.split(' ')[0] ?? '', bytes: Number(found?.bytes ?? 0) };
  } catch (cause) {
    const { message } = rootOf(cause);
    throw new DatabaseUnreachable(
      `DATABASE_URL: PostgreSQL at ${placeOf(url)} cannot be used: ${message}`,
      { cause },
    );
  } finally {
    await client.end().catch(() => {
      // It was never connected.
    });
  }
}
