/** Puts a backup in the place of the database, while no node runs on the data folder. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DB_FILE, damageOf, lockDataDir, openDatabase } from '../store/open.ts';
import { putInPlace } from '../store/put-in-place.ts';

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
    const part = join(dataDir, `${DB_FILE}.part`);
    copyFileSync(file, part);
    const replaced = putInPlace(part, dataDir, now());
    // Opening brings an older backup up to this version and proves that it can be used.
    openDatabase({ dataDir, migrationsDir }).close();
    return { replaced };
  } finally {
    unlock();
  }
}
