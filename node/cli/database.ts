/** The database as commands open it: beside a running node or without one, never a new one. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { migrationsDir } from '../paths.ts';
import { DB_FILE } from '../store/open.ts';
import { type OpenStore, openStore } from '../store/open-store.ts';

/** Undefined where no node ever ran. */
export async function openExisting({
  dataDir,
}: Pick<Config, 'dataDir'>): Promise<OpenStore | undefined> {
  if (!existsSync(join(dataDir, DB_FILE))) return undefined;
  return openStore({ dataDir, migrationsDir: migrationsDir(), bootId: randomUUID() });
}

export const noDatabase = (dataDir: string) =>
  `DATA_DIR: ${dataDir} holds no database; was the node ever started there?`;
