/** `cleanup [--dry-run]`: what the hourly service does, by hand. */
import { loadConfig } from '../config/config.ts';
import { size } from '../health/words.ts';
import { dataPaths } from '../paths.ts';
import { type CleanupItem, cleanUp, planCleanup } from '../services/cleanup.ts';
import type { Command, Terminal } from './command.ts';
import { noDatabase, openExisting } from './database.ts';

export const cleanup: Command = async (args, { env, terminal }) => {
  const dryRun = args.includes('--dry-run');
  const unknown = args.find((arg) => arg !== '--dry-run');
  if (unknown) {
    terminal.err(`Unknown argument: ${unknown}. Usage: cleanup [--dry-run]`);
    return 2;
  }
  const config = loadConfig(env);
  const { dataDir } = config;
  const database = await openExisting(config);
  if (!database) {
    terminal.err(noDatabase(dataDir));
    return 1;
  }
  try {
    const parts = { dataDir, paths: dataPaths(dataDir), upkeep: database.upkeep };
    report(dryRun ? await planCleanup(parts) : await cleanUp(parts), dryRun, terminal);
    return 0;
  } finally {
    await database.close();
  }
};

function report(items: readonly CleanupItem[], dryRun: boolean, terminal: Terminal): void {
  if (items.length === 0) terminal.out('Nothing to clean up.');
  for (const { what, count, bytes } of items) {
    const room = bytes > 0 ? `, ${size(bytes)}` : '';
    terminal.out(`${dryRun ? 'would remove' : 'removed'} ${count} × ${what}${room}`);
  }
}
