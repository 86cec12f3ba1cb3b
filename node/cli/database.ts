/** The database as commands open it: beside a running node or without one, never a new one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { migrationsDir } from '../paths.ts';
import { DB_FILE, type Opened, openDatabase } from '../store/open.ts';

/** Undefined where no node ever ran. */
export function openExisting(dataDir: string): Opened | undefined {
  if (!existsSync(join(dataDir, DB_FILE))) return undefined;
  return openDatabase({ dataDir, migrationsDir: migrationsDir() });
}

export const noDatabase = (dataDir: string) =>
  `DATA_DIR: ${dataDir} holds no database; was the node ever started there?`;
