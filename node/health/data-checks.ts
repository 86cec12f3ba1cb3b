/** The database and its backups. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Upkeep } from '../store/upkeep.ts';
import { type Check, found, type HealthSource } from './check.ts';
import { size, span } from './words.ts';

const HOUR = 3_600_000;
/** A daily backup that is missing twice is one that does not work. */
const STALE_MS = 50 * HOUR;

/** `answer`: what SQLite's quick_check said. */
export function databaseCheck(answer: string, bytes: number): Check {
  const sound = answer === 'ok';
  const detail = sound ? `sound, ${size(bytes)}` : `damaged: ${answer}`;
  const say: Check['say'] = (d) => (sound ? d.database.sound(bytes) : d.database.damaged);
  return found(
    { name: 'database', state: sound ? 'ok' : 'bad', detail, say, facts: { bytes } },
    'stop the bot and run `node dist/node.js restore` with the newest file of DATA_DIR/backups',
  );
}

/** `answer`: `ok`, or what went wrong when the server was asked. */
export function postgresCheck(answer: string, what: string, bytes: number): Check {
  const well = answer === 'ok';
  const detail = well ? `${what}, ${size(bytes)}` : answer;
  const say: Check['say'] = (d) => (well ? d.database.answers(bytes) : d.database.silent);
  return found(
    { name: 'database', state: well ? 'ok' : 'bad', detail, say, facts: { bytes } },
    'see whether the PostgreSQL of DATABASE_URL runs and lets the bot in, and its log',
  );
}

export const databaseSource = (
  upkeep: Pick<Upkeep, 'kind' | 'quickCheck' | 'bytes'>,
): HealthSource => ({
  name: 'database',
  async check() {
    const answer = await upkeep.quickCheck();
    const bytes = answer === 'ok' || upkeep.kind === 'sqlite' ? await upkeep.bytes() : 0;
    if (upkeep.kind === 'sqlite') return databaseCheck(answer, bytes);
    return postgresCheck(answer, 'PostgreSQL answers', bytes);
  },
});

/** @param startedAt ms since the epoch; a bot that is just up has had no time for a backup */
export const backupSource = (
  newestAt: () => Promise<number | undefined>,
  now: () => number,
  startedAt: () => number,
): HealthSource => ({
  name: 'backup',
  check: async () => backupCheck(await newestAt(), now(), startedAt()),
});

export interface Backup {
  path: string;
  at: number;
}

/** By name, which is a time; undefined when there is none. */
export async function newestBackup(dir: string): Promise<Backup | undefined> {
  const names = await readdir(dir).catch(() => []);
  const name = names
    .filter((one) => one.endsWith('.db'))
    .sort()
    .at(-1);
  if (!name) return undefined;
  const path = join(dir, name);
  return { path, at: (await stat(path)).mtimeMs };
}

/** `at`: ms since the epoch of the newest one. */
export function backupCheck(at: number | undefined, now: number, startedAt: number): Check {
  const age = now - (at ?? startedAt);
  const detail = at !== undefined ? `last one ${span(age)} ago` : 'none yet';
  const say: Check['say'] = (d) => (at !== undefined ? d.backup.last(age) : d.backup.none);
  return found(
    { name: 'backup', state: age > STALE_MS ? 'warn' : 'ok', detail, say, facts: { ageMs: age } },
    'run `node dist/node.js backup` and see the log for why the daily one fails',
  );
}
