/** The ground: data folder, database, figures and the HTTP server, which answers 503 until the end. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { nodeNameOf } from '../config/node-name.ts';
import { listen } from '../http/listen.ts';
import type { Log } from '../log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { observers } from '../observe/observer.ts';
import { telegramWatch } from '../observe/telegram-watch.ts';
import { dataPaths, migrationsDir } from '../paths.ts';
import type { Opened } from '../releases.ts';
import { lockDataDir } from '../store/open.ts';
import { openStore } from '../store/open-store.ts';
import { buildCluster } from './cluster.ts';

/**
 * After a reboot the bot is often up before its database. Longer than a fifth of the ten minutes
 * in which systemd counts five failed starts: it goes on trying for as long as it takes.
 */
const DATABASE_PATIENCE_MS = 120_000;

export async function buildBase(config: Config, log: Log, opened: Opened) {
  const paths = dataPaths(config.dataDir);
  opened('data folder', lockDataDir(config.dataDir));
  const metrics = createMetrics();
  const telegram = telegramWatch();
  const observer = observers(metrics.observer, telegram.observer);
  const bootId = randomUUID();
  const nodeId = nodeNameOf(config);
  const { store, upkeep, recovered, postgres, close } = await openStore({
    ...{ dataDir: config.dataDir, databaseUrl: config.databaseUrl, waitMs: DATABASE_PATIENCE_MS },
    ...{ migrationsDir: migrationsDir(), nodeId, bootId, log },
    hooks: { onJobEnded: observer.jobEnded },
  });
  opened('database', close);
  if (recovered) log.error(recovered, 'the database was damaged');
  mkdirSync(paths.jobs, { recursive: true, mode: 0o700 });
  const http = await listen(config);
  opened('http', http.close);
  const { cluster, clusterId, homes } = await buildCluster({
    ...{ store, postgres, databaseUrl: config.databaseUrl },
    ...{ nodeId, bootId, log, opened },
  });
  /** Learned from Telegram after the start. */
  const bot: { name?: string } = {};
  return {
    config,
    log,
    opened,
    now: postgres?.clock.now ?? Date.now,
    paths,
    nodeId,
    bootId,
    ...{ cluster, clusterId, homes },
    metrics,
    telegram,
    observer,
    store,
    upkeep,
    postgres,
    http,
    bot,
  };
}

export type Base = Awaited<ReturnType<typeof buildBase>>;
