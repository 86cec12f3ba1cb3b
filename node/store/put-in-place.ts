/** Exchanges the database of a data folder, while no node runs on it. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DB_FILE } from './open.ts';

/** A closed database file becomes the data folder's; answers where the one before went. */
export function putInPlace(file: string, dataDir: string, at: number): string | undefined {
  const target = join(dataDir, DB_FILE);
  synced(file);
  const replaced = setAside(target, at);
  renameSync(file, target);
  return replaced;
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
