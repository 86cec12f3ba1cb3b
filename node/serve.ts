/**
 * The composition root of the node: everything is built here, in the order in which data flows,
 * and everything else gets what it needs as arguments.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createEdge } from '../edge/app.ts';
import { memoryLimiter } from '../edge/limiter.ts';
import type { JobRequest } from '../shared/wire.ts';
import { buildAdmin } from './admin/build.ts';
import { createAlerts } from './alerts/alerts.ts';
import { setCrashMark } from './alerts/crash-mark.ts';
import { watching } from './alerts/start.ts';
import { createTellAdmins } from './alerts/tell-admins.ts';
import { createBreakers } from './breakers/breakers.ts';
import { tellWaiting } from './breakers/tell-waiting.ts';
import { handleRequest } from './chat/handle.ts';
import { showWayBack } from './chat/inline.ts';
import type { ChatParts } from './chat/parts.ts';
import { askList } from './chat/playlist.ts';
import { createOffer } from './chat/screens/offer.ts';
import { tendChats } from './chat/tend.ts';
import { type Config, MB } from './config/config.ts';
import { cookiesSource } from './cookies/health.ts';
import { openCookieJars } from './cookies/jars.ts';
import { picturesWithCookies, withCookies } from './cookies/with-cookies.ts';
import { parseAllowList } from './egress/allow-list.ts';
import { contentLength } from './egress/content-length.ts';
import { publicFetchDispatcher } from './egress/fetch.ts';
import { startEgressProxy } from './egress/proxy.ts';
import { createEngine } from './engine/create-engine.ts';
import { openGallery } from './engine/open-gallery.ts';
import { withProbeMemory } from './engine/probe-memory.ts';
import { createYtdlp } from './engine/ytdlp.ts';
import { edgeWatch } from './health/edge-watch.ts';
import { createNodeApp } from './http/app.ts';
import { jobsRoute } from './http/jobs-route.ts';
import { listen } from './http/listen.ts';
import { createInbox } from './inbox/inbox.ts';
import { isPassing, sayGivenUp } from './inbox/trouble.ts';
import { createAsk } from './jobs/ask.ts';
import { createDisk } from './jobs/disk.ts';
import { flyJob } from './jobs/fly.ts';
import { jobFolders } from './jobs/folder.ts';
import { endLeftovers } from './jobs/leftovers.ts';
import { recentFailures } from './jobs/recent-failures.ts';
import { recoverJobs } from './jobs/recover.ts';
import { createRunner, type Runner } from './jobs/runner.ts';
import { owedWords } from './jobs/unsaid.ts';
import { createWaitingLine } from './jobs/waiting-line.ts';
import type { Log } from './log.ts';
import { prepareMedia } from './media/prepare.ts';
import { splitVideo } from './media/split.ts';
import { createMetrics } from './observe/metrics.ts';
import {
  observedEngine,
  observedPrepare,
  observedSend,
  observedYtdlp,
} from './observe/observed.ts';
import { observers } from './observe/observer.ts';
import { telegramWatch } from './observe/telegram-watch.ts';
import { dataPaths, migrationsDir } from './paths.ts';
import { createGates } from './queue/gates.ts';
import { createReleases } from './releases.ts';
import { createSandbox } from './sandbox/sandbox.ts';
import { sayBanner } from './services/banner.ts';
import { planCleanup } from './services/cleanup.ts';
import { startOperations } from './services/operations.ts';
import { checkingCookies } from './services/services.ts';
import { loadSettings } from './settings/settings.ts';
import { createBoard } from './status/board.ts';
import { statusTransport } from './status/transport.ts';
import { DB_FILE, lockDataDir, openDatabase } from './store/open.ts';
import { createStore } from './store/store.ts';
import { upkeepStore } from './store/upkeep.ts';
import { createShowUpload } from './telegram/chat-action.ts';
import { followMigrations } from './telegram/migrations.ts';
import { createOutbox } from './telegram/outbox.ts';
import { createSendMedia } from './telegram/send-media.ts';
import { createTelegram } from './telegram/transport.ts';
import { ensureFfmpeg } from './tools/ffmpeg.ts';
import { findJsRuntime, watchJsRuntime } from './tools/js-runtime.ts';
import { ensureYtdlp } from './tools/ytdlp.ts';
import { startUpdates } from './updates/start.ts';

/** A running node. */
export interface Node {
  url: string;
  /** Takes no more work, lets what runs finish for `graceMs`, then puts the rest back. */
  drain(graceMs: number): Promise<void>;
  /** What still runs stops at once and goes back into the queue. */
  abort(): void;
}

/** @throws anything a part throws at its start; what was opened until then is closed again. */
export async function serve(config: Config, log: Log): Promise<Node> {
  const releases = createReleases();
  const release = () =>
    releases.run((name, err) => log.error({ part: name, err }, 'a part did not close'));
  try {
    return await build(config, log, releases.push, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function build(
  config: Config,
  log: Log,
  opened: (name: string, release: () => unknown) => void,
  release: () => Promise<void>,
): Promise<Node> {
  const now = Date.now;
  const paths = dataPaths(config.dataDir);
  opened('data folder', lockDataDir(config.dataDir));
  const database = openDatabase({ dataDir: config.dataDir, migrationsDir: migrationsDir() });
  opened('database', database.close);
  if (database.recovered) log.error(database.recovered, 'the database was damaged');
  const metrics = createMetrics();
  const telegram = telegramWatch();
  const observer = observers(metrics.observer, telegram.observer);
  const store = createStore(database.db, { onJobEnded: observer.jobEnded });

  const http = await listen(config);
  opened('http', http.close);

  const [ffmpeg, install, js] = await Promise.all([
    ensureFfmpeg({ path: config.ffmpegPath, dir: paths.tools, log }),
    ensureYtdlp({ path: config.ytdlpPath, dir: paths.ytdlp, log }),
    findJsRuntime({ dir: paths.tools }),
  ]);

  const sandbox = config.token
    ? undefined
    : createSandbox({
        baseUrl: `http://127.0.0.1:${http.port}`,
        dir: paths.sandbox,
        ffmpeg: ffmpeg.ffmpeg,
        log,
        maxUploadBytes: config.maxFileBytes,
      });
  if (sandbox) opened('sandbox', sandbox.close);
  const adminIds = new Set([...config.adminIds, ...(sandbox?.adminIds ?? [])]);

  const allow = [config.egressAllow, ...(sandbox?.egressAllow ?? [])].filter(Boolean).join(',');
  const reach = {
    allow: parseAllowList(allow),
    upstream: config.egressProxy,
    fakeIp: config.egressFakeIp,
  };
  const proxy = await startEgressProxy({ ...reach, log });
  opened('egress proxy', proxy.close);

  const jsFlags = watchJsRuntime(js, { dir: paths.tools }, opened);
  const chosen = await createEngine({
    ...{ kind: config.engine, install, ffmpeg: ffmpeg.ffmpeg, cacheDir: paths.cache, jsFlags, log },
  });
  opened('engine', () => chosen.engine.close());
  const gallery = await openGallery({ dir: paths.tools, proxyUrl: proxy.url, log });
  opened('gallery-dl', gallery.close);
  const { ytdlp, memory } = await withProbeMemory(
    createYtdlp({
      engine: observedEngine(chosen.engine, observer),
      ffmpeg: ffmpeg.ffmpeg,
      proxyUrl: proxy.url,
      jsFlags,
      cacheDir: paths.cache,
      log,
    }),
    { dir: paths.probes, log },
  );
  opened('probes', memory.clear);
  const web = publicFetchDispatcher(reach);
  opened('web', () => web.close());

  const api = createTelegram({
    token: config.token ?? sandbox?.token ?? '',
    apiRoot: sandbox?.apiRoot ?? config.apiRoot,
    outbox: createOutbox({ log }),
    log,
    onCall: observer.apiCall,
  });
  opened('telegram', api.close);
  api.config.use(
    followMigrations(async (from, to) => {
      log.info({ from, to }, 'a group became a supergroup');
      await store.jobs.moveChat(from, to);
    }),
  );

  const gates = createGates({
    downloads: config.downloads.max,
    workers: config.workers,
    cores: availableParallelism(),
  });
  const settings = await loadSettings({
    state: store.state,
    defaults: {
      ...config.limits,
      ...{ size: Math.floor(config.maxFileBytes / MB), downloads: config.downloads.max },
    },
    onChange({ limits }) {
      for (const gate of [gates.extract, gates.download]) gate.concurrency = limits.downloads;
      runner.kick();
    },
  });
  for (const gate of [gates.extract, gates.download]) {
    gate.concurrency = settings.limits.downloads;
  }
  const jars = await openCookieJars({ dir: paths.cookies, log });
  const board = createBoard({
    transport: statusTransport(api),
    log,
    remember: async (ids, messageId) => {
      for (const id of ids) await store.jobs.setStatusMessage(id, messageId);
    },
  });
  const failures = recentFailures();
  const bootId = randomUUID();
  const folders = jobFolders(paths.jobs);

  const tell = createTellAdmins({ api, store, adminIds, log, now });
  const alerts = createAlerts({ tell: tell.all, now });
  const breakers = createBreakers({
    state: store.state,
    log,
    wake: () => runner.kick(),
    onChange(view) {
      tellWaiting({ jobs: store.jobs, board }, view).catch((err) =>
        log.warn({ err }, 'waiting people could not be told of a pause'),
      );
      void alerts.breaker(view);
    },
  });
  opened('breakers', breakers.stop);
  const limit = () => settings.limits.size * MB;
  const ask = createAsk({
    ...{ store, board, memory, log, now, maxFileBytes: limit },
    askSize: (url, signal) => contentLength(url, web, signal),
  });
  mkdirSync(paths.jobs, { recursive: true, mode: 0o700 });
  const disk = createDisk({ dir: paths.jobs, maxFileBytes: config.maxFileBytes });
  const offer = createOffer({ memory, maxFileBytes: limit });
  const line = createWaitingLine({
    ...{ store, board, log, now },
    places: () => gates.download.concurrency,
    running: () => runner.running.values(),
    held: () => settings.maintenance || disk.full(),
    pausedSites: breakers.pausedSites,
  });
  opened('waiting line', line.stop);
  const runner: Runner = createRunner({
    jobs: store.jobs,
    bootId,
    places: () => gates.download.concurrency,
    pausedSites: breakers.pausedSites,
    held: () => settings.maintenance || disk.full(),
    jobTimeoutMs: config.jobTimeoutMs,
    log,
    fly(job, flight) {
      line.moved();
      return flyJob(
        {
          ...{ store, board, gates, folders, disk, failures, log, now },
          ytdlp: observedYtdlp(withCookies(ytdlp, jars), observer),
          gallery: picturesWithCookies(gallery, jars),
          sites: breakers,
          maxFileBytes: settings.limits.size * MB,
          prepare: observedPrepare((request) => prepareMedia({ ...request, ffmpeg }), observer),
          split: (request) => splitVideo(ffmpeg, request),
          offer,
          showUpload: createShowUpload(api),
          send: observedSend(createSendMedia(api), observer),
          ask,
          askList: (asked, found) => askList({ store, board, now }, asked, found),
          onDelivered: (delivered) => showWayBack(api, log, delivered),
          async onSettled(settled, error) {
            if (error) failures.add(settled, error);
            runner.adopt(await store.jobs.claimFollowers(settled.fileKey, runner.rules()));
          },
        },
        job,
        flight,
      ).finally(line.moved);
    },
  });

  let botName: string | undefined;
  const talking = {
    ...{ api, store, board, runner, line, log, now },
    pausedUntil: breakers.pausedUntil,
    noRoom: disk.full,
    isAdmin: (id: number) => adminIds.has(id),
    memory,
    botName: () => botName,
  };
  const room = buildAdmin({
    ...{ ...talking, breakers, settings, jars, tell },
    health: () => operations.health(),
    planCleanup: () =>
      planCleanup({ dataDir: config.dataDir, paths, upkeep: upkeepStore(database) }),
    places: () => gates.download.concurrency,
    largestMb: Math.floor(config.maxFileBytes / MB),
    remoteEdge: config.updates.mode === 'edge',
    apiRoot: sandbox?.apiRoot ?? config.apiRoot,
    token: config.token ?? sandbox?.token ?? '',
  });
  opened('broadcast', room.broadcasts.close);
  const chat: ChatParts = {
    ...{ ...talking, admin: room.admin, membership: room.membership },
    held: () => settings.maintenance,
    get maxFileBytes() {
      return settings.limits.size * MB;
    },
  };
  const inbox = createInbox({
    updates: store.updates,
    light: gates.light,
    handle: (request: JobRequest) => handleRequest(chat, request),
    passing: isPassing,
    giveUp: sayGivenUp(chat),
    log,
  });

  const edgeSecret = config.updates.mode === 'webhook' ? config.updates.secret : randomUUID();
  const edge = createEdge({
    secret: edgeSecret,
    limits: settings.limits,
    adminIds,
    limiter: memoryLimiter(),
    handOver: inbox.take,
    botName: () => botName,
    log,
  });

  const remoteEdge = edgeWatch();
  const operations = await startOperations({
    ...{ config, paths, database, store, gates, runner, breakers, api, telegram, metrics, log },
    engine: chosen,
    tools: { ytdlp: install, ffmpeg: ffmpeg.version, js: { flags: jsFlags, reason: js.reason } },
    egress: proxy.stats,
    more: {
      sources: [
        cookiesSource(jars),
        ...(config.updates.mode === 'edge' ? [remoteEdge.source] : []),
      ],
      services: [
        watching(alerts, () => operations.sources),
        checkingCookies(cookiesSource(jars), log),
      ],
    },
  });
  opened('services', operations.stop);

  let closing = false;
  http.serve(
    createNodeApp({
      log,
      health: async () => ({
        ok: !closing,
        facts: { ...(await operations.facts()), bot: botName },
      }),
      metrics: metrics.scrape,
      mounted: [
        ...(config.updates.mode === 'edge'
          ? [
              jobsRoute({
                secrets: config.updates.secrets,
                take: inbox.take,
                heard: remoteEdge.heard,
                log,
              }),
            ]
          : []),
        ...(config.updates.mode === 'webhook' ? [edge] : []),
        ...(sandbox ? [sandbox.app] : []),
      ],
    }),
  );

  await endLeftovers(paths.jobs, log);
  await folders.sweep(new Set());
  await breakers.restore();
  await store.menus.reopenUnseen();
  const mark = await setCrashMark(store.state, now());
  const recovered = await recoverJobs({ store, board, bootId, log, now });
  if (mark.wasKilled) void alerts.crashed(recovered);
  const owed = owedWords({ store, board, offer, log, now });
  opened('owed words', owed.close);
  void owed.say();
  await inbox.resume();
  runner.kick();

  const updates = await startUpdates({
    updates: config.updates,
    api,
    log,
    edge: { app: edge, secret: edgeSecret },
    onName: (name) => {
      botName = name;
    },
  });
  opened('updates', updates.stop);
  await room.broadcasts.resume();
  opened('chats', tendChats({ api, store, adminIds, log, now }));
  sayBanner(
    {
      ...{ config, url: http.url, bot: botName, services: operations.services },
      places: gates.download.concurrency,
      databaseBytes: statSync(join(config.dataDir, DB_FILE)).size,
      engine: chosen.why,
      ytdlp: install.version,
      ffmpeg: ffmpeg.version,
      admins: adminIds.size,
      breakersOpen: breakers.pausedSites().length,
      sandbox: sandbox !== undefined,
    },
    log,
  );

  return {
    url: http.url,
    abort: runner.abort,
    async drain(graceMs) {
      closing = true;
      await updates.stop();
      await inbox.close();
      await runner.drain(graceMs);
      await mark.clear();
      await release();
      await rm(paths.jobs, { recursive: true, force: true });
    },
  };
}
