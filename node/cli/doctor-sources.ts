/** What `doctor` looks at, each on its own: one that is broken hides none of the others. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, PUBLIC_API } from '../config/config.ts';
import { cookiesSource } from '../cookies/health.ts';
import { openCookieJars } from '../cookies/jars.ts';
import { type Check, found, type HealthSource } from '../health/check.ts';
import { backupSource, databaseCheck } from '../health/data-checks.ts';
import { diskNeeded, diskSource, memorySource } from '../health/machine-checks.ts';
import { createLog, type Log } from '../log.ts';
import { dataPaths } from '../paths.ts';
import { DB_FILE } from '../store/open.ts';
import { Database } from '../store/sqlite.ts';
import { dataCheck } from './check-data.ts';
import { dnsCheck, egressCheck } from './check-network.ts';
import { telegramChecks } from './check-telegram.ts';
import { type FoundTools, foundTools, toolSources } from './check-tools.ts';
import { askNode } from './status.ts';

export const versionsSource: HealthSource = {
  name: 'versions',
  check: () => ({
    name: 'versions',
    state: 'ok',
    detail: `Node ${process.versions.node} on ${process.platform}-${process.arch}`,
  }),
};

/** The binding is only loaded with the first database: importing the package proves nothing. */
export const nativeSource: HealthSource = {
  name: 'native',
  check() {
    try {
      const sqlite = new Database(':memory:');
      const version = String(sqlite.prepare('SELECT sqlite_version()').pluck().get());
      sqlite.close();
      return { name: 'native', state: 'ok', detail: `better-sqlite3 with SQLite ${version}` };
    } catch (cause) {
      const detail = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
      const nextStep = 'run `npm rebuild`: it was built for another Node';
      return { name: 'native', state: 'bad', detail, nextStep };
    }
  },
};

export function doctorSources(config: Config): { sources: HealthSource[]; close(): Promise<void> } {
  const log = createLog({ ...config.log, level: 'silent' });
  const tools = foundTools(config, log);
  const sources: HealthSource[] = [
    runningSource(config),
    { name: 'data', check: () => dataCheck(config.dataDir) },
    diskSource(config.dataDir, () => diskNeeded(config.downloads.max, config.maxFileBytes)),
    memorySource(),
    sizeSource(config),
    ...dataSources(config),
    ...toolSources(config, tools, log),
    cookieSource(config, log),
    ...networkSources(config, log),
  ];
  return { sources, close: () => closeTools(tools) };
}

const closeTools = async (tools: FoundTools) => {
  await tools.engine.then(
    ({ engine }) => engine.close(),
    () => undefined,
  );
};

/** A node that runs is a fact, not a fault: several checks read differently beside one. */
const runningSource = (config: Config): HealthSource => ({
  name: 'services',
  check: async () => {
    const answer = await askNode(config);
    const where = `${config.host}:${config.port}`;
    const detail = answer
      ? `a node answers on ${where}: ${answer.status}`
      : `no node runs on ${where}`;
    return { name: 'services', state: 'ok', detail };
  },
});

const sizeSource = (config: Config): HealthSource => ({
  name: 'workers',
  check: () => {
    const { max, auto } = config.downloads;
    const chosen = auto ? 'automatic' : 'MAX_CONCURRENT_DOWNLOADS';
    return {
      name: 'workers',
      state: 'ok',
      detail: `${max} downloads at once (${chosen}), ${config.workers} workers`,
    };
  },
});

const cookieSource = ({ dataDir }: Config, log: Log): HealthSource => ({
  name: 'cookies',
  check: async () =>
    cookiesSource(await openCookieJars({ dir: dataPaths(dataDir).cookies, log })).check(),
});

function dataSources({ dataDir }: Config): HealthSource[] {
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
    backupSource(dataPaths(dataDir).backups, Date.now, since),
  ];
}

/** Read-only: a look must not be what repairs, migrates or creates. */
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

function networkSources(config: Config, log: Log): HealthSource[] {
  const { token, apiRoot } = config;
  const sources: HealthSource[] = [
    { name: 'egress', check: () => egressCheck(log) },
    {
      name: 'dns',
      check: () => dnsCheck([...(token ? [new URL(apiRoot).hostname] : []), 'www.youtube.com']),
    },
  ];
  if (token) sources.push({ name: 'telegram', check: () => telegramChecks(config, token, log) });
  else {
    const detail = `skipped in the sandbox; with a BOT_TOKEN ${PUBLIC_API} is asked`;
    sources.push({
      name: 'telegram',
      check: () => found({ name: 'telegram', state: 'ok', detail }, ''),
    });
  }
  return sources;
}
