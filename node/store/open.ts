/**
 * Opens the database: one writer, write-ahead log, every commit on the disk before it is
 * acknowledged. A damaged file is moved aside and the last backup takes its place, because a
 * bot that starts with yesterday's settings is better than one that does not start.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import * as schema from './schema.ts';
import { Database } from './sqlite.ts';

export type Db = BetterSQLite3Database<typeof schema>;
/** Inside a transaction. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export const DB_FILE = 'postchi.db';
const BACKUP_FOLDER = 'backups';

export interface Opened {
  db: Db;
  sqlite: Database;
  /** Set when the database was damaged: where it went and what took its place. */
  recovered?: { movedTo: string; from: 'backup' | 'empty'; backup?: string };
  close(): void;
}

export interface OpenOptions {
  dataDir: string;
  migrationsDir: string;
  now?: () => number;
}

/** Another Postchi holds this data folder. */
export class DataDirBusy extends Error {
  override readonly name = 'DataDirBusy';
}

/**
 * The kernel drops this lock when the process dies, even by SIGKILL; a pid file would have to
 * be guessed about after every crash.
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = new Database(join(dataDir, 'lock.db'), { timeout: 2000 });
  try {
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new DataDirBusy(`${dataDir} is in use by another Postchi`, { cause });
  }
  return () => lock.close();
}

export function openDatabase(options: OpenOptions): Opened {
  const { dataDir, now = Date.now } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, DB_FILE);
  const damage = existsSync(file) ? damageOf(file) : undefined;
  if (damage === undefined) return connect(file, options);
  const movedTo = `${file}.damaged-${now()}`;
  moveAside(file, movedTo);
  const backup = newestSoundBackup(dataDir);
  if (backup) copyFileSync(backup, file);
  const recovered = backup
    ? { movedTo, from: 'backup' as const, backup }
    : { movedTo, from: 'empty' as const };
  return { ...connect(file, options), recovered };
}

/** Opens any file as a database of this version. */
export function connect(
  file: string,
  { migrationsDir }: Pick<OpenOptions, 'migrationsDir'>,
): Opened {
  const sqlite = new Database(file);
  try {
    tune(sqlite);
    const db = drizzle(sqlite, { schema });
    migrate(db, { migrationsFolder: migrationsDir });
    return { db, sqlite, close: () => sqlite.close() };
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function tune(sqlite: Database): void {
  sqlite.pragma('journal_mode = WAL');
  // better-sqlite3 builds WAL with NORMAL, where a power cut can take back what was promised.
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma('busy_timeout = 5000');
  sqlite.pragma('foreign_keys = ON');
  sqlite.pragma('journal_size_limit = 16777216');
}

/** What is wrong with a database file, or undefined when it is sound. */
export function damageOf(file: string): string | undefined {
  let sqlite: Database | undefined;
  try {
    sqlite = new Database(file);
    const answer = sqlite.pragma('quick_check(1)', { simple: true });
    return answer === 'ok' ? undefined : String(answer);
  } catch (error) {
    if (isDamage(error)) return error.message;
    throw error;
  } finally {
    sqlite?.close();
  }
}

const isDamage = (error: unknown): error is Error =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'SQLITE_NOTADB' || String(error.code).startsWith('SQLITE_CORRUPT'));

/** The log goes with its database: replayed over another file it would damage that one. */
function moveAside(file: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, to + suffix);
  }
}

function newestSoundBackup(dataDir: string): string | undefined {
  const folder = join(dataDir, BACKUP_FOLDER);
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.db'))
    .sort()
    .reverse()
    .map((name) => join(folder, name))
    .find((path) => damageOf(path) === undefined);
}
