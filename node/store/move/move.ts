/** From one server to many and back: the whole store, from SQLite to PostgreSQL or the other way. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { connect, DB_FILE, damageOf, lockDataDir, type Opened, openDatabase } from '../open.ts';
import { openPostgres } from '../postgres/open.ts';
import { patiently } from '../postgres/unreachable.ts';
import { putInPlace } from '../put-in-place.ts';
import { type Copied, copyTables } from './copy.ts';
import { postgresSide } from './postgres-side.ts';
import { sqliteSide } from './sqlite-side.ts';
import { copyToFile } from './to-file.ts';
import { type Verified, verifyTables } from './verify.ts';

/** Why nothing was moved, in one line for the operator. */
export class NotMovable extends Error {
  override readonly name = 'NotMovable';
}

export interface MoveParts {
  dataDir: string;
  url: string;
  migrationsDir: string;
  onCopied?: (copied: Copied) => void;
  onVerified?: (verified: Verified) => void;
  now?: () => number;
}

export interface MoveUpParts extends MoveParts {
  /** Also where nodes have already worked on the PostgreSQL: what they did there goes. */
  replace: boolean;
}

/** A node that was heard of within this is taken to run. */
const SILENT_MS = 30_000;

/**
 * SQLite to PostgreSQL. Can be cut short and repeated at any time; answers whether both hold the
 * same. SQLite's file is only read.
 * @throws NotMovable, DataDirBusy, DatabaseUnreachable
 */
export async function moveUp(parts: MoveUpParts): Promise<boolean> {
  const { dataDir } = parts;
  if (!existsSync(join(dataDir, DB_FILE)))
    throw new NotMovable(`DATA_DIR: ${dataDir} holds no database`);
  await prepare(parts);
  await refuseUsed(parts);
  const unlock = lockDataDir(dataDir);
  try {
    return await fromSqlite(openDatabase(parts), parts);
  } finally {
    unlock();
  }
}

/**
 * A backup to PostgreSQL; the file is only read. Rules, answer and errors as with `moveUp`.
 * @throws NotMovable also for a file that is missing or damaged
 */
export async function moveFileUp(parts: MoveUpParts & { file: string }): Promise<boolean> {
  const { file, dataDir } = parts;
  if (!existsSync(file)) throw new NotMovable(`${file} does not exist`);
  const damage = damageOf(file);
  if (damage) throw new NotMovable(`${file} is damaged: ${damage}`);
  await prepare(parts);
  await refuseUsed(parts);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(dataDir, 'restore-'));
  try {
    // Opening brings an older backup up to this version.
    const copy = join(folder, DB_FILE);
    copyFileSync(file, copy);
    return await fromSqlite(connect(copy, parts), parts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fromSqlite({ sqlite, close }: Opened, parts: MoveParts): Promise<boolean> {
  const to = await postgresSide(parts.url, { snapshot: false });
  try {
    await copyTables(sqliteSide(sqlite), to, parts.onCopied);
    await asking(parts.url, letGo);
    return await verifyTables(sqliteSide(sqlite), to, parts.onVerified);
  } finally {
    await to.close();
    close();
  }
}

export interface MovedBack {
  equal: boolean;
  /** Where the database went that stood in the data folder. */
  replaced?: string | undefined;
}

/**
 * PostgreSQL to SQLite. The file takes its place only when it is whole; until then the one that
 * stands there is not touched. PostgreSQL is only read.
 * @throws NotMovable, DataDirBusy, DatabaseUnreachable
 */
export async function moveBack(parts: MoveParts): Promise<MovedBack> {
  const { dataDir, url, now = Date.now } = parts;
  await prepare(parts);
  await asking(url, refuseRunning);
  const unlock = lockDataDir(dataDir);
  try {
    const file = join(dataDir, `${DB_FILE}.moving`);
    if (!(await copyToFile({ ...parts, file }))) return { equal: false };
    return { equal: true, replaced: putInPlace(file, dataDir, now()) };
  } finally {
    unlock();
  }
}

/** Brings PostgreSQL's tables up to this version. */
async function prepare({ url, migrationsDir }: MoveParts): Promise<void> {
  const options = { url, migrationsDir: join(migrationsDir, 'postgres'), onError: () => {} };
  const opened = await patiently(() => openPostgres(options), { url, waitMs: 0 });
  await opened.close();
}

async function asking(url: string, ask: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await ask(client).finally(() => client.end());
}

async function refuseRunning(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM nodes WHERE seen_at > extract(epoch FROM clock_timestamp()) * 1000 - $1::int`,
    [SILENT_MS],
  );
  if (rows.length === 0) return;
  const names = rows.map(({ id }) => id).join(', ');
  throw new NotMovable(`Stop all nodes first; heard of in the last 30 s: ${names}`);
}

/** What only a move wrote may be written again; what nodes did there must not be lost unasked. */
async function refuseUsed({ url, replace }: MoveUpParts): Promise<void> {
  await asking(url, async (client) => {
    await refuseRunning(client);
    const { rows } = await client.query<{ used: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM nodes)
         AND (EXISTS (SELECT 1 FROM updates) OR EXISTS (SELECT 1 FROM jobs)
              OR EXISTS (SELECT 1 FROM users)) AS used`,
    );
    if (!rows[0]?.used || replace) return;
    throw new NotMovable(
      'Nodes have worked on this PostgreSQL: add --replace if what it holds may go',
    );
  });
}

/** Nothing of it runs anywhere: every node may take every job. */
async function letGo(client: pg.Client): Promise<void> {
  await client.query(
    'UPDATE jobs SET home = NULL, ticket = NULL WHERE home IS NOT NULL OR ticket IS NOT NULL',
  );
  await client.query('UPDATE updates SET boot_id = NULL WHERE boot_id IS NOT NULL');
}
