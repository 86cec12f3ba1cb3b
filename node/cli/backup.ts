/** `backup` and `restore FILE`. */
import { loadConfig } from '../config/config.ts';
import { size } from '../health/words.ts';
import { dataPaths, migrationsDir } from '../paths.ts';
import { makeBackup } from '../services/backup.ts';
import { NotRestorable, restoreBackup } from '../services/restore.ts';
import { moveFileUp, NotMovable } from '../store/move/move.ts';
import { DataDirBusy } from '../store/open.ts';
import { placeOf } from '../store/postgres/unreachable.ts';
import type { Command, Terminal } from './command.ts';
import { noDatabase, openExisting } from './database.ts';
import { said } from './move-store.ts';

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

export const restore: Command = async (args, { env, terminal }) => {
  const [file, ...rest] = args.filter((arg) => arg !== '--replace');
  if (!file || rest.length > 0) {
    terminal.err('Usage: restore FILE, e.g. the newest of DATA_DIR/backups');
    return 2;
  }
  const config = loadConfig(env);
  const replace = args.includes('--replace');
  try {
    if (config.databaseUrl)
      return await intoPostgres({ ...config, url: config.databaseUrl, file, replace }, terminal);
    return intoFolder(file, config.dataDir, terminal);
  } catch (error) {
    const known = [NotRestorable, NotMovable, DataDirBusy].some((kind) => error instanceof kind);
    if (!(error instanceof Error) || !known) throw error;
    const advice = error instanceof DataDirBusy ? '; stop it first' : '';
    terminal.err(`${error.message}${advice}`);
    return 1;
  }
};

function intoFolder(file: string, dataDir: string, terminal: Terminal): number {
  const { replaced } = restoreBackup({ file, dataDir, migrationsDir: migrationsDir() });
  terminal.out(`Restored ${file}.`);
  if (replaced) terminal.out(`The database that stood there is kept for 30 days: ${replaced}`);
  return 0;
}

async function intoPostgres(
  { file, url, dataDir, replace }: { file: string; url: string; dataDir: string; replace: boolean },
  terminal: Terminal,
): Promise<number> {
  const parts = { file, url, dataDir, replace, migrationsDir: migrationsDir() };
  const equal = await moveFileUp({ ...parts, ...said(terminal) });
  if (equal) terminal.out(`Restored ${file} to PostgreSQL at ${placeOf(url)}.`);
  else terminal.err('PostgreSQL does not hold what the file holds: run it again.');
  return equal ? 0 : 1;
}
