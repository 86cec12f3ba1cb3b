/** `backup` and `restore FILE`. */
import { loadConfig } from '../config/config.ts';
import { size } from '../health/words.ts';
import { dataPaths, migrationsDir } from '../paths.ts';
import { makeBackup } from '../services/backup.ts';
import { NotRestorable, restoreBackup } from '../services/restore.ts';
import { DataDirBusy } from '../store/open.ts';
import type { Command } from './command.ts';
import { noDatabase, openExisting } from './database.ts';

/** Safe beside a running node. */
export const backup: Command = async (_args, { env, terminal }) => {
  const config = loadConfig(env);
  const { dataDir } = config;
  const database = await openExisting(config);
  if (!database) {
    terminal.err(noDatabase(dataDir));
    return 1;
  }
  try {
    const made = await makeBackup({
      dir: dataPaths(dataDir).backups,
      upkeep: database.upkeep,
    });
    terminal.out(`${made.path} (${size(made.bytes)}, checked)`);
    return 0;
  } finally {
    await database.close();
  }
};

export const restore: Command = async ([file, ...rest], { env, terminal }) => {
  if (!file || rest.length > 0) {
    terminal.err('Usage: restore FILE, e.g. the newest of DATA_DIR/backups');
    return 2;
  }
  const { dataDir } = loadConfig(env);
  try {
    const { replaced } = restoreBackup({ file, dataDir, migrationsDir: migrationsDir() });
    terminal.out(`Restored ${file}.`);
    if (replaced) terminal.out(`The database that stood there is kept for 30 days: ${replaced}`);
    return 0;
  } catch (error) {
    if (!(error instanceof NotRestorable || error instanceof DataDirBusy)) throw error;
    const advice = error instanceof DataDirBusy ? '; stop it first' : '';
    terminal.err(`${error.message}${advice}`);
    return 1;
  }
};
