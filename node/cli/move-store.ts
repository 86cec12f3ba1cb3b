/** `move-store [--back] [--replace]`: from SQLite to PostgreSQL, or back. */
import { loadConfig } from '../config/config.ts';
import { migrationsDir } from '../paths.ts';
import { type MoveParts, moveBack, moveUp, NotMovable } from '../store/move/move.ts';
import type { Verified } from '../store/move/verify.ts';
import { DataDirBusy } from '../store/open.ts';
import { placeOf } from '../store/postgres/unreachable.ts';
import type { Command, Terminal } from './command.ts';

const USAGE = `Usage: move-store [--replace]   SQLite of DATA_DIR to the PostgreSQL of DATABASE_URL
       move-store --back        the other way`;

export const moveStore: Command = async (args, { env, terminal }) => {
  const [back, replace] = [args.includes('--back'), args.includes('--replace')];
  if (args.some((arg) => !['--back', '--replace'].includes(arg)) || (back && replace)) {
    terminal.err(USAGE);
    return 2;
  }
  const { dataDir, databaseUrl: url } = loadConfig(env);
  if (!url) {
    terminal.err('DATABASE_URL is not set: it names the PostgreSQL to move to or from');
    return 2;
  }
  const parts = { dataDir, url, migrationsDir: migrationsDir(), ...said(terminal) };
  try {
    return back ? await goBack(parts, terminal) : await goUp({ ...parts, replace }, terminal);
  } catch (error) {
    if (!(error instanceof NotMovable || error instanceof DataDirBusy)) throw error;
    terminal.err(`${error.message}${error instanceof DataDirBusy ? '; stop it first' : ''}`);
    return 1;
  }
};

/** A line for each table, copied and compared. */
export const said = (terminal: Terminal): Pick<MoveParts, 'onCopied' | 'onVerified'> => ({
  onCopied: ({ table, added, removed }) =>
    terminal.out(`${table.padEnd(10)} ${added} written, ${removed} removed`),
  onVerified: (found) => terminal.out(lineOf(found)),
});

function lineOf({ table, rows, checksum, equal, other }: Verified): string {
  const is = `${String(rows).padStart(9)} rows  ${checksum.slice(0, 16)}`;
  if (equal) return `${table.padEnd(10)}${is}  equal`;
  return `${table.padEnd(10)}${is}  NOT equal: ${other.rows} rows ${other.checksum.slice(0, 16)}`;
}

const UNEQUAL = 'They do not hold the same: run it again; if it stays so, keep what you have.';

async function goUp(parts: MoveParts & { replace: boolean }, terminal: Terminal): Promise<number> {
  const equal = await moveUp(parts);
  if (!equal) terminal.err(UNEQUAL);
  else
    terminal.out(
      `PostgreSQL at ${placeOf(parts.url)} holds what SQLite holds. Start the nodes with DATABASE_URL.`,
    );
  return equal ? 0 : 1;
}

async function goBack(parts: MoveParts, terminal: Terminal): Promise<number> {
  const { equal, replaced } = await moveBack(parts);
  if (!equal) terminal.err(UNEQUAL);
  else {
    terminal.out(`SQLite in ${parts.dataDir} holds what PostgreSQL holds.`);
    if (replaced) terminal.out(`The database that stood there is kept for 30 days: ${replaced}`);
    terminal.out('Start one node without DATABASE_URL.');
  }
  return equal ? 0 : 1;
}
