/** Puts a backup in the place of the database, while no node runs on the data folder. */
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DB_FILE, damageOf, lockDataDir, openDatabase } from '../store/open.ts';

export interface RestoreParts {
  file: string;
  dataDir: string;
  migrationsDir: string;
  now?: () => number;
}

export interface Restored {
  /** Where the database that stood there went; undefined on an empty folder. */
  replaced: string | undefined;
}

export class NotRestorable extends Error {
  override readonly name = 'NotRestorable';
}

/**
 * @throws NotRestorable when the file is missing or damaged; nothing is touched then
 * @throws DataDirBusy while a node runs on the folder
 */
export function restoreBackup({
  file,
  dataDir,
  migrationsDir,
  now = Date.now,
}: RestoreParts): Restored {
  if (!existsSync(file)) throw new NotRestorable(`${file} does not exist`);
  const damage = damageOf(file);
  if (damage) throw new NotRestorable(`${file} is damaged: ${damage}`);
  const unlock = lockDataDir(dataDir);
  try {
    const target = join(dataDir, DB_FILE);
    const replaced = setAside(target, now());
    const part = `${target}.part`;
    copyFileSync(file, part);
    synced(part);
    renameSync(part, target);
    // Opening brings an older backup up to this version and proves that it can be used.
    openDatabase({ dataDir, migrationsDir }).close();
    return { replaced };
  } finally {
    unlock();
  }
}

/** The log goes with its database: replayed over another file it would damage that one. */
function setAside(target: string, at: number): string | undefined {
  if (!existsSync(target)) return undefined;
  const aside = `${target}.replaced-${at}`;
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(target + suffix)) renameSync(target + suffix, aside + suffix);
  return aside;
}

function synced(path: string): void {
  const handle = openSync(path, 'r+');
  fsyncSync(handle);
  closeSync(handle);
}
