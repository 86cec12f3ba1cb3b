/** Everything that watches the bot while it works, built in one place for `serve`. */
import type { Api } from 'grammy';
import type { Breakers } from '../breakers/breakers.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type Config, MB } from '../config/config.ts';
import type { EgressStats } from '../egress/proxy.ts';
import type { ChosenEngine } from '../engine/create-engine.ts';
import type { YtdlpInstall } from '../engine/engine.ts';
import { type Check, collectHealth, type Health, type HealthSource } from '../health/check.ts';
import { backupSource, databaseSource } from '../health/data-checks.ts';
import { type CpuMeter, cpuMeter, readMemory } from '../health/machine.ts';
import { cpuSource, diskNeeded, diskSource, memorySource } from '../health/machine-checks.ts';
import { telegramSource, webhookCheck } from '../health/telegram-checks.ts';
import {
  engineSource,
  ffmpegCheck,
  galleryCheck,
  jsCheck,
  ytdlpCheck,
} from '../health/tool-checks.ts';
import {
  type QueueReading,
  queueSource,
  successSource,
  workersSource,
} from '../health/work-checks.ts';
import type { Runner } from '../jobs/runner.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { TelegramWatch } from '../observe/telegram-watch.ts';
import type { dataPaths } from '../paths.ts';
import { createAdmission } from '../queue/admission.ts';
import { downloadMemory } from '../queue/download-memory.ts';
import type { Gates } from '../queue/gates.ts';
import type { Settings } from '../settings/settings.ts';
import type { Store } from '../store/store.ts';
import type { Upkeep } from '../store/upkeep.ts';
import { type GalleryInstall, lackedByGallery } from '../tools/gallery.ts';
import {
  type Clock,
  type Running,
  realClock,
  runEvery,
  type Service,
  servicesCheck,
} from './every.ts';
import { lastBackup } from './last-backup.ts';
import { backingUp, cleaning, sampling, statistics, watchingWebhook } from './services.ts';

export interface OperationsParts {
  config: Config;
  paths: ReturnType<typeof dataPaths>;
  upkeep: Upkeep;
  store: Store;
  gates: Gates;
  runner: Pick<Runner, 'running' | 'kick'>;
  settings: Pick<Settings, 'limits' | 'changed'>;
  breakers: Pick<Breakers, 'list'>;
  api: Api;
  telegram: TelegramWatch;
  metrics: Metrics;
  engine: Pick<ChosenEngine, 'why' | 'warm'>;
  /** The server of the quick looks, where there is one. */
  lookServerPid?: () => number | undefined;
  tools: {
    readonly ytdlp: Pick<YtdlpInstall, 'version' | 'source'>;
    readonly behind?: string | undefined;
    /** A later yt-dlp that was found and is not in use. */
    readonly newer?: string | undefined;
    ffmpeg: string;
    gallery(): GalleryInstall | undefined;
    js: { flags: readonly string[]; reason: string };
  };
  egress: Readonly<EgressStats>;
  /** Checks and services of other parts: cookies, the edge. */
  more?: { sources?: readonly HealthSource[]; services?: readonly Service[] };
  /** Downloads at once of all nodes together. */
  allPlaces?: () => number;
  /** Of several nodes one backs up, and removes what is old in the database. */
  cluster?: Pick<Cluster, 'once' | 'shared'>;
  log: Log;
  clock?: Clock;
  cpu?: CpuMeter;
}

export interface Operations {
  health(): Promise<Health>;
  readonly sources: readonly HealthSource[];
  /** For `/healthz`: cheap, and free of anything private. */
  facts(): Promise<Record<string, unknown>>;
  readonly services: readonly Running[];
  stop(): Promise<void>;
}

const HOUR = 3_600_000;

export async function startOperations(parts: OperationsParts): Promise<Operations> {
  const {
    config,
    paths,
    upkeep,
    gates,
    log,
    clock = realClock,
    cpu = cpuMeter(),
    more = {},
  } = parts;
  const { now } = clock;
  const startedAt = now();
  const noted: { webhook?: Check } = {};
  const queue = () => queueFigures(parts);
  const last = lastBackup(paths.backups, parts.cluster?.shared ? parts.store.state : undefined);
  const mayI = (name: string) => async () => (await parts.cluster?.once(name)) ?? true;

  parts.metrics.read({
    queue,
    places: () => gates.download.concurrency,
    breakers: () => openBreakers(parts.breakers),
    egress: () => parts.egress,
    engineRestarts: () => parts.engine.warm?.restarts ?? 0,
  });

  const wanted: Service[] = [
    sampling(sampler(parts, cpu)),
    statistics({ upkeep, queue, intervalMs: config.metricsIntervalMs, log, now }),
    cleaning(
      { dataDir: config.dataDir, paths, upkeep, now, mayForget: mayI('old rows') },
      config.cleanupIntervalMs,
      log,
    ),
    backingUp({
      ...{ dir: paths.backups, upkeep, log, now, mayI: mayI('backup'), last },
      newestAt: await last.at(),
    }),
    watchingWebhook(async () => {
      noted.webhook = webhookCheck(await parts.api.getWebhookInfo(), expectedHook(config), now());
    }),
    ...(more.services ?? []),
  ];
  const running = wanted.map((service) => runEvery(service, log, clock));

  const sources: HealthSource[] = [
    cpuSource(cpu),
    memorySource(),
    diskSource(config.dataDir, () =>
      diskNeeded(gates.download.concurrency, parts.settings.limits.size * MB),
    ),
    queueSource(() => wholeQueue(parts)),
    workersSource(() => ({
      busy: gates.light.pending,
      waiting: gates.light.size,
      limit: config.workers,
    })),
    successSource(() => upkeep.endedSince(now() - HOUR)),
    databaseSource(upkeep),
    backupSource(last.at, now, () => startedAt),
    telegramSource(parts.telegram.seen, now),
    { name: 'webhook', check: () => noted.webhook ?? [] },
    { name: 'ytdlp', check: () => ytdlpCheck(parts.tools.ytdlp, now(), parts.tools) },
    { name: 'ffmpeg', check: () => ffmpegCheck(parts.tools.ffmpeg) },
    {
      name: 'gallery',
      check: async () => galleryCheck(parts.tools.gallery(), await lackedByGallery()),
    },
    { name: 'js', check: () => jsCheck(parts.tools.js) },
    engineSource(() => ({
      why: parts.engine.why,
      warm: parts.engine.warm !== undefined,
      alive: !parts.engine.warm || parts.engine.warm.serverPid !== undefined,
      restarts: parts.engine.warm?.restarts ?? 0,
    })),
    ...(more.sources ?? []),
    { name: 'services', check: () => servicesCheck(running, now()) },
  ];

  return {
    services: running,
    sources,
    health: () => collectHealth(sources),
    async facts() {
      const { queued, running: flying, places, taken } = await queue();
      return {
        upSeconds: Math.round((now() - startedAt) / 1000),
        mode: config.token ? config.updates.mode : 'sandbox',
        queued,
        running: flying,
        places,
        free: Math.max(0, places - taken),
        engine: parts.engine.warm ? 'warm' : 'spawn',
        ytdlp: parts.tools.ytdlp.version,
        databaseBytes: await upkeep.bytes(),
      };
    },
    async stop() {
      await Promise.all(running.map((one) => one.stop()));
    },
  };
}

/** Unmeasured, a fork of the warmed Python and a Python of its own, bytes. */
const ESTIMATE = { warm: 30, spawn: 55 };

/** Takes the readings; where the number of downloads is not fixed it follows them. */
function sampler(parts: OperationsParts, cpu: CpuMeter) {
  const { config, gates, runner, engine, store, settings, log, lookServerPid } = parts;
  if (!config.downloads.auto) return async () => cpu.sample();
  const memory = downloadMemory({
    estimate: ESTIMATE[engine.warm ? 'warm' : 'spawn'] * 1024 ** 2,
    serverPids: () => [engine.warm?.serverPid, lookServerPid?.()],
  });
  const admission = createAdmission({
    start: gates.download.concurrency,
    log,
    apply(places) {
      gates.extract.concurrency = places;
      gates.download.concurrency = places;
      runner.kick();
    },
  });
  return async () => {
    cpu.sample();
    // An admin's /limits downloads stands until it is taken back.
    if (settings.changed.includes('downloads')) return;
    const { queued } = await store.jobs.figures();
    const active = fetching(gates);
    admission.consider({
      ...readMemory(),
      perDownload: active > 0 ? memory.sample() : memory.known,
      active,
      cpu: cpu.percent ?? 0,
      waiting: queued,
    });
  };
}

async function queueFigures({ store, runner, gates }: OperationsParts) {
  const { queued } = await store.jobs.figures();
  const places = gates.download.concurrency;
  return { queued, running: runner.running.size, places, taken: fetching(gates) };
}

/** What waits is every node's, so it is held against the places of all of them. */
async function wholeQueue(parts: OperationsParts): Promise<QueueReading> {
  const own = await queueFigures(parts);
  const places = parts.allPlaces?.() ?? own.places;
  if (places <= own.places) return own;
  const { running, sending } = await parts.store.jobs.figures();
  return { ...own, places, running: running + sending, taken: Math.min(places, running) };
}

/** Jobs that are with yt-dlp just now. */
const fetching = ({ extract, download }: Gates) => extract.pending + download.pending;

function* openBreakers(breakers: OperationsParts['breakers']) {
  for (const { site, phase } of breakers.list())
    if (phase !== 'closed') yield { site, state: phase };
}

/** Empty: some address has to be set, which one only the edge knows. */
function expectedHook({ updates }: Config): string | undefined {
  if (updates.mode === 'polling') return undefined;
  return updates.mode === 'webhook' ? (updates.url ?? '') : '';
}
