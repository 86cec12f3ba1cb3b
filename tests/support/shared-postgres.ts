/**
 * One PostgreSQL for a whole run of the tests, started by the first file that wants it and stopped
 * at the end of the run: `globalSetup` names a folder, in which the files find each other.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { openPostgres } from '../../node/store/postgres/open.ts';
import {
  asked,
  emptyDatabase,
  type LeftServer,
  startPostgres,
  type TestDatabase,
} from './postgres.ts';
import { MIGRATIONS } from './store.ts';

const TEMPLATE = 'migrated';
export const PG_MIGRATIONS = join(MIGRATIONS, 'postgres');

function runningIn(folder: string): LeftServer | undefined {
  const file = join(folder, 'server.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** The server of this run, with a database all others are copied from. */
async function sharedServer(): Promise<string> {
  const folder = inject('postgresFolder');
  if (isFirst(folder)) await start(folder).catch((error) => failed(folder, error));
  for (;;) {
    const server = runningIn(folder);
    if (server) return server.url;
    const why = join(folder, 'failed');
    if (existsSync(why)) throw new Error(readFileSync(why, 'utf8'));
    // Another process starts it: there is no event to await.
    await delay(50);
  }
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(join(folder, 'started'));
    return true;
  } catch {
    return false;
  }
}

async function start(folder: string): Promise<void> {
  const server = await startPostgres();
  await asked(server.url, `CREATE DATABASE ${TEMPLATE}`);
  const url = new URL(server.url);
  url.pathname = `/${TEMPLATE}`;
  const onError = () => {};
  const opened = await openPostgres({ url: url.href, migrationsDir: PG_MIGRATIONS, onError });
  await opened.close();
  // Renamed: a file that is there is whole.
  const part = join(folder, 'server.part');
  writeFileSync(part, JSON.stringify(server.leave()));
  renameSync(part, join(folder, 'server.json'));
}

function failed(folder: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  writeFileSync(join(folder, 'failed'), why);
}

/** A database with every migration and nothing in it. */
export async function migratedDatabase(): Promise<TestDatabase> {
  return emptyDatabase(await sharedServer(), TEMPLATE);
}

/** A database without any table. */
export async function unusedDatabase(): Promise<TestDatabase> {
  return emptyDatabase(await sharedServer());
}
