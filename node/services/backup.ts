/** A daily copy of the database, checked before it counts and kept for a week. */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { damageOf } from '../store/open.ts';
import type { Upkeep } from '../store/upkeep.ts';

const KEEP = 7;

export interface BackupParts {
  /** `DATA_DIR/backups`. */
  dir: string;
  upkeep: Pick<Upkeep, 'backupTo'>;
  now?: () => number;
  keep?: number;
}

export interface BackupMade {
  path: string;
  bytes: number;
}

/**
 * Written under another name and renamed when it is whole and sound: the newest `.db` in the
 * folder can always be started from.
 * @throws Error when the copy does not pass SQLite's check
 */
export async function makeBackup(parts: BackupParts): Promise<BackupMade> {
  const { dir, upkeep, now = Date.now, keep = KEEP } = parts;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, `${stamp(now())}.db`);
  const part = `${path}.part`;
  try {
    await upkeep.backupTo(part);
    const damage = damageOf(part);
    if (damage) throw new Error(`the copy is damaged: ${damage}`);
    await synced(part);
    await rename(part, path);
  } finally {
    await removeAll([part, `${part}-wal`, `${part}-shm`]);
  }
  await keepNewest(dir, keep);
  return { path, bytes: (await stat(path)).size };
}

/** Sorts by time as a text: `2026-11-23T02-40-00`. */
const stamp = (at: number) => new Date(at).toISOString().slice(0, 19).replaceAll(':', '-');

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync().finally(() => file.close());
}

async function keepNewest(dir: string, keep: number): Promise<void> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.db')).sort();
  const old = names.slice(0, Math.max(0, names.length - keep));
  await removeAll(old.map((name) => join(dir, name)));
}

async function removeAll(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { force: true })));
}
