/** The database as `doctor` looks at it: a look must not be what repairs, migrates or creates. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { type Check, found, type HealthSource } from '../health/check.ts';
import { backupSource, databaseCheck, postgresCheck } from '../health/data-checks.ts';
import { dataPaths } from '../paths.ts';
import { lastBackup } from '../services/last-backup.ts';
import { DB_FILE } from '../store/open.ts';
import { lookAtPostgres } from '../store/postgres/look.ts';
import { placeOf } from '../store/postgres/unreachable.ts';
import { Database } from '../store/sqlite.ts';

type Place = Pick<Config, 'dataDir' | 'databaseUrl'>;

export function databaseSources({ dataDir, databaseUrl }: Place): HealthSource[] {
  if (databaseUrl) return [{ name: 'database', check: () => postgresLook(databaseUrl) }];
  const file = join(dataDir, DB_FILE);
  if (!existsSync(file)) {
    const check = (): Check => ({
      name: 'database',
      state: 'ok',
      detail: 'made at the first start',
    });
    return [{ name: 'database', check }];
  }
  const since = () => statSync(file).birthtimeMs;
  return [
    { name: 'database', check: () => databaseCheck(quickCheck(file), statSync(file).size) },
    backupSource(lastBackup(dataPaths(dataDir).backups).at, Date.now, since),
  ];
}

/** Read-only. */
function quickCheck(file: string): string {
  const sqlite = new Database(file, { readonly: true });
  try {
    return String(sqlite.pragma('quick_check(1)', { simple: true }));
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  } finally {
    sqlite.close();
  }
}

/** pg-boss needs what 13 brought. */
const OLDEST = 13;

async function postgresLook(url: string): Promise<Check> {
  try {
    const { version, bytes } = await lookAtPostgres(url);
    const what = `PostgreSQL ${version} at ${placeOf(url)}`;
    if (Number.parseInt(version, 10) >= OLDEST) return postgresCheck('ok', what, bytes);
    const nextStep = `use PostgreSQL ${OLDEST} or newer`;
    return found({ name: 'database', state: 'bad', detail: `${what} is too old` }, nextStep);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    return postgresCheck(said, '', 0);
  }
}
