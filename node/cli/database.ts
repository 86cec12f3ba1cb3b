/** The database as commands open it: beside a running node or without one, never a new one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { createLog } from '../log.ts';
import { migrationsDir } from '../paths.ts';
import { DB_FILE } from '../store/open.ts';
import { type OpenUpkeep, openUpkeep } from '../store/open-store.ts';

/** Undefined where no node ever ran. @throws DatabaseUnreachable */
export async function openExisting({
  dataDir,
  databaseUrl,
  log,
}: Config): Promise<OpenUpkeep | undefined> {
  if (!databaseUrl && !existsSync(join(dataDir, DB_FILE))) return undefined;
  const quiet = createLog({ ...log, level: 'silent' });
  return openUpkeep({ dataDir, databaseUrl, migrationsDir: migrationsDir(), log: quiet });
}

export const noDatabase = (dataDir: string) =>
  `DATA_DIR: ${dataDir} holds no database; was the node ever started there?`;
