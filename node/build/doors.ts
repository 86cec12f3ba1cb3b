/** The doors: the edge app, `/jobs`, the sandbox, health and metrics; and the periodic services. */
import { randomUUID } from 'node:crypto';
import { createEdge } from '../../edge/app.ts';
import { memoryLimiter } from '../../edge/limiter.ts';
import { watching } from '../alerts/start.ts';
import { nodesSource } from '../cluster/health.ts';
import { factsOfSelf } from '../cluster/self.ts';
import { watchingNodes } from '../cluster/watch-nodes.ts';
import { cookiesSource } from '../cookies/health.ts';
import { cookieProbeLinks, createCookieProber } from '../cookies/probe.ts';
import { edgeWatch } from '../health/edge-watch.ts';
import { cpuMeter } from '../health/machine.ts';
import { remembered } from '../health/remembered.ts';
import { createNodeApp } from '../http/app.ts';
import { jobsRoute } from '../http/jobs-route.ts';
import type { Operations } from '../services/operations.ts';
import { startOperations } from '../services/operations.ts';
import { checkingCookies, probingCookies } from '../services/services.ts';
import { pgLimiter } from '../store/postgres/limiter.ts';
import { VERSION } from '../version.ts';
import type { Base } from './base.ts';
import type { Engines } from './engines.ts';
import type { Surroundings } from './surroundings.ts';
import type { Talking } from './talk.ts';
import type { TelegramApi } from './telegram.ts';
import type { Work } from './work.ts';
import type { YtdlpCare } from './ytdlp.ts';

export async function buildDoors(
  base: Base,
  around: Surroundings,
  engines: Engines,
  api: TelegramApi,
  work: Work,
  talk: Talking,
  ytdlp: YtdlpCare,
) {
  const { config, log, opened, now, bot, store, paths, upkeep } = base;
  const { telegram, metrics, cluster } = base;
  const { updates } = config;
  const remoteEdge = edgeWatch();
  const cpu = cpuMeter();
  const cookies = cookiesSource(engines.jars);
  const prober = createCookieProber({
    ...{ jars: engines.jars, ytdlp: engines.plain, dir: paths.probes, log, now: base.now },
    links: cookieProbeLinks(store.state, base.now),
    isPaused: (site) => work.breakers.pausedUntil(site) !== undefined,
  });
  const operations: Operations = await startOperations({
    ...{ config, paths, upkeep, store, api, telegram, metrics, log, cpu, cluster },
    ...{ settings: work.settings, allPlaces: work.allPlaces },
    ...{ gates: work.gates, runner: work.runner, breakers: work.breakers, engine: engines.chosen },
    tools: {
      get ytdlp() {
        return ytdlp.updater.using;
      },
      get newer() {
        return ytdlp.updater.newer;
      },
      get behind() {
        return ytdlp.updater.behind;
      },
      ffmpeg: around.ffmpeg.version,
      gallery: () => engines.gallery.install,
      js: { flags: around.jsFlags, reason: around.js.reason },
    },
    lookServerPid: () => around.quickLook?.serverPid,
    egress: around.proxy.stats,
    more: {
      sources: [
        cookies,
        ...(updates.mode === 'edge' ? [remoteEdge.source] : []),
        ...(cluster.shared ? [nodesSource(cluster)] : []),
      ],
      services: [
        watching(work.alerts, () => operations.sources),
        checkingCookies(cookies, log),
        probingCookies(prober, () => cluster.once('cookie probe')),
        ...ytdlp.services,
      ],
    },
  });
  opened('services', operations.stop);
  opened('cookie probe', prober.close);
  cluster.describe(
    factsOfSelf({
      ...{ dataDir: config.dataDir, cpu, places: work.places, log, now: base.now },
      engine: engines.chosen.warm ? 'warm' : 'spawn',
      ytdlp: () => ytdlp.updater.using.version,
      running: () => work.runner.running.values(),
      trouble: () => work.alerts.worries,
    }),
  );
  if (cluster.shared) {
    const { tell } = work;
    cluster.duty(
      'watch nodes',
      watchingNodes({ cluster, state: store.state, tell: tell.all, now: base.now }),
    );
  }
  const secret = updates.mode === 'webhook' ? updates.secret : randomUUID();
  const app = createEdge({
    ...{ secret, limits: work.settings.limits, adminIds: around.adminIds, log, now },
    limiter: base.postgres ? pgLimiter(base.postgres) : memoryLimiter(),
    handOver: talk.inbox.take,
    botName: () => bot.name,
  });
  const facts = remembered({ read: operations.facts, freshMs: 2_000, staleMs: 8_000 });
  const open = { now: true };
  const mounted = [];
  if (updates.mode === 'edge') {
    const { secrets } = updates;
    mounted.push(jobsRoute({ secrets, take: talk.inbox.take, heard: remoteEdge.heard, log, now }));
  }
  if (updates.mode === 'webhook') mounted.push(app);
  if (around.sandbox) mounted.push(around.sandbox.app);
  base.http.serve(
    createNodeApp({
      ...{ log, mounted, metrics: metrics.scrape },
      health: async () => ({
        ok: open.now && !cluster.draining,
        facts: {
          ...(await facts()),
          ...{
            bot: bot.name,
            version: VERSION,
            cluster: base.clusterId,
            draining: !open.now || cluster.draining,
          },
        },
      }),
    }),
  );
  const close = () => {
    open.now = false;
  };
  return { operations, edge: { app, secret }, close };
}

export type Doors = Awaited<ReturnType<typeof buildDoors>>;
