/** What `doctor` looks at, each on its own: one that is broken hides none of the others. */
import { type Config, PUBLIC_API } from '../config/config.ts';
import { cookiesSource } from '../cookies/health.ts';
import { openCookieJars } from '../cookies/jars.ts';
import { found, type HealthSource } from '../health/check.ts';
import { diskNeeded, diskSource, memorySource } from '../health/machine-checks.ts';
import { createLog, type Log } from '../log.ts';
import { dataPaths } from '../paths.ts';
import { Database } from '../store/sqlite.ts';
import { dataCheck } from './check-data.ts';
import { databaseSources } from './check-database.ts';
import { dnsCheck, egressCheck } from './check-network.ts';
import { clockCheck, telegramChecks } from './check-telegram.ts';
import { type FoundTools, foundTools, toolSources } from './check-tools.ts';
import { whoListens } from './status.ts';

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
    ...databaseSources(config),
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
    const listener = await whoListens(config);
    const where = `${config.host}:${config.port}`;
    const name = 'services';
    switch (listener.is) {
      case 'node':
        return {
          name,
          state: 'ok',
          detail: `a node answers on ${where}: ${listener.answer.status}`,
        };
      case 'nobody':
        return { name, state: 'ok', detail: `no node runs on ${where}` };
      case 'other': {
        const detail = `another program listens on ${where}, or a node that does not answer`;
        const nextStep = 'end that program, or set PORT to one that is free';
        return { name, state: 'bad', detail, nextStep };
      }
    }
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

function networkSources(config: Config, log: Log): HealthSource[] {
  const { token, apiRoot } = config;
  const sources: HealthSource[] = [
    { name: 'egress', check: () => egressCheck(log) },
    {
      name: 'dns',
      check: () => dnsCheck([...(token ? [new URL(apiRoot).hostname] : []), 'www.youtube.com']),
    },
  ];
  if (token) {
    sources.push(
      { name: 'clock', check: () => clockCheck(apiRoot) },
      { name: 'telegram', check: () => telegramChecks(config, token, log) },
    );
  } else {
    const detail = `skipped in the sandbox; with a BOT_TOKEN ${PUBLIC_API} is asked`;
    sources.push({
      name: 'telegram',
      check: () => found({ name: 'telegram', state: 'ok', detail }, ''),
    });
  }
  return sources;
}
