/**
 * Finds what nobody needs any more and removes it: by the clock, by `/cleanup` and by the
 * command beside a running node. What a running job holds is never listed.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderBytes } from '../engine/folder-size.ts';
import type { dataPaths } from '../paths.ts';
import { DB_FILE } from '../store/open.ts';
import type { Upkeep } from '../store/upkeep.ts';
import { overCap, type SizedFile } from './over-cap.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MB = 1024 ** 2;

export interface CleanupParts {
  dataDir: string;
  paths: ReturnType<typeof dataPaths>;
  upkeep: Upkeep;
  /** Of several nodes one looks after the rows; everybody without it. */
  mayForget?: () => Promise<boolean>;
  now?: () => number;
  /** Bytes yt-dlp's cache may take, and the sandbox's uploads. */
  caps?: { cache: number; sandbox: number };
}

/** One kind of things that may go. */
export interface CleanupItem {
  what: string;
  count: number;
  /** 0 for rows: SQLite keeps their pages for the next ones. */
  bytes: number;
  remove(): Promise<void>;
}

const CAPS = { cache: 256 * MB, sandbox: 1024 * MB };

/** What would go; items with nothing in them are left out. */
export async function planCleanup(parts: CleanupParts): Promise<CleanupItem[]> {
  const { now = Date.now, caps = CAPS, paths, upkeep } = parts;
  const at = now();
  const items = [
    await orphanFolders(paths.jobs, upkeep),
    ...(await oldRowsOf(parts, at)),
    await oldFiles('temporary cookie files', paths.cookies, at - HOUR, /\.(tmp|part)$/),
    await oldFiles('set-aside databases', parts.dataDir, at - 30 * DAY, SET_ASIDE),
    filesItem('yt-dlp cache', overCap(await filesUnder(paths.cache), caps.cache)),
    filesItem('sandbox uploads', overCap(await uploads(paths.sandbox), caps.sandbox)),
  ];
  return items.filter(({ count }) => count > 0);
}

async function oldRowsOf({ upkeep, mayForget }: CleanupParts, at: number): Promise<CleanupItem[]> {
  if (mayForget && !(await mayForget())) return [];
  return (await upkeep.oldRows(at)).map(({ table, rows }) => oldRows(upkeep, table, rows, at));
}

/** Plans, removes, and gives the log's pages back to the disk. */
export async function cleanUp(parts: CleanupParts): Promise<CleanupItem[]> {
  const items = await planCleanup(parts);
  for (const item of items) await item.remove();
  await parts.upkeep.checkpoint();
  return items;
}

/** Copies that a damage or a restore put aside, with what belongs to them. */
const SET_ASIDE = new RegExp(
  `^${DB_FILE.replace('.', '\\.')}\\.(damaged|replaced)-\\d+(-wal|-shm)?$`,
);

/**
 * The folders are listed first and the running jobs asked for after: a job claims before it
 * makes its folder, so one that is listed and not claimed is surely nobody's.
 */
async function orphanFolders(root: string, upkeep: Upkeep): Promise<CleanupItem> {
  const names = await namesIn(root);
  const held = await upkeep.held();
  const orphans = names.filter((name) => !held.has(name)).map((name) => join(root, name));
  const sizes = await Promise.all(orphans.map((dir) => folderBytes(dir)));
  return {
    what: 'job folders nobody holds',
    count: orphans.length,
    bytes: sum(sizes),
    remove: async () => removeAll(orphans),
  };
}

const oldRows = (
  upkeep: Upkeep,
  table: Parameters<Upkeep['forgetOldRows']>[0],
  rows: number,
  at: number,
): CleanupItem => ({
  what: `old rows of ${table}`,
  count: rows,
  bytes: 0,
  remove: async () => void (await upkeep.forgetOldRows(table, at)),
});

async function oldFiles(what: string, dir: string, before: number, name: RegExp) {
  const files = await filesIn(dir, (entry) => name.test(entry));
  return filesItem(
    what,
    files.filter(({ usedAt }) => usedAt < before),
  );
}

const filesItem = (what: string, files: readonly SizedFile[]): CleanupItem => ({
  what,
  count: files.length,
  bytes: sum(files.map(({ bytes }) => bytes)),
  remove: () => removeAll(files.map(({ path }) => path)),
});

async function removeAll(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true, maxRetries: 3 })));
}

const namesIn = (dir: string) => readdir(dir).catch(() => []);

async function filesIn(dir: string, wanted: (name: string) => boolean): Promise<SizedFile[]> {
  const names = (await namesIn(dir)).filter(wanted);
  const found = await Promise.all(names.map((name) => sized(join(dir, name))));
  return found.flat();
}

/** Without the ledger, which is how the sandbox knows its files after a restart. */
const uploads = async (sandbox: string) =>
  (await filesUnder(join(sandbox, 'files'))).filter(({ path }) => !path.endsWith('.jsonl'));

async function filesUnder(dir: string): Promise<SizedFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  return (await Promise.all(paths.map(sized))).flat();
}

/** Nothing for a file that went while the folder was being read. */
async function sized(path: string): Promise<SizedFile[]> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? [{ path, bytes: found.size, usedAt: found.mtimeMs }] : [];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
