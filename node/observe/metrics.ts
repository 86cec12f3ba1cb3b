/**
 * The figures of `/metrics`, in a registry of their own: the global one of prom-client would be
 * shared by every node of a test process.
 *
 * Labels are bounded: a site the bot does not know by name is `other`, because every host on the
 * web can become a job's site and each label value lives as long as the process.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { siteByName } from '../../shared/sites.ts';
import type { JobRow } from '../store/schema.ts';
import { outcomeOf } from '../store/tallies.ts';
import type { Observer } from './observer.ts';

/** Read when a scrape asks, so that nothing has to keep them up to date. */
export interface MetricReadings {
  queue(): Promise<{ queued: number; running: number }>;
  /** How many downloads may run at once. */
  places(): number;
  /** Sites whose breaker is not closed. */
  breakers(): Iterable<{ site: string; state: 'open' | 'half_open' }>;
  egress(): { refused: number; failed: number; bytesIn: number };
  engineRestarts(): number;
}

export interface Metrics {
  observer: Observer;
  /** Before this, gauges stand at 0. */
  read(readings: MetricReadings): void;
  scrape(): Promise<{ body: string; type: string }>;
}

/** Seconds: most stages take a few, a long download may take the whole job time. */
const STAGE_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 90, 180, 420, 900];
const CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60, 300];

/** Gauges with a counter's name: Prometheus' own linter refuses them. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

export function createMetrics(): Metrics {
  const registry = new Registry();
  // The library's 10 ms would wake an idle node a hundred times a second, most of its CPU at rest.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const observer = counters(registry);
  return {
    observer,
    read: (readings) => gauges(registry, readings),
    scrape: async () => ({ body: await registry.metrics(), type: registry.contentType }),
  };
}

const siteLabel = (site: string) => (siteByName(site) ? site : 'other');

function counters(registry: Registry): Observer {
  const registers = [registry];
  const ended = new Counter({
    name: 'postchi_jobs_ended_total',
    help: 'Jobs that reached their end, by site and outcome (done, cached or an error code).',
    labelNames: ['site', 'outcome'] as const,
    registers,
  });
  const bytes = new Counter({
    name: 'postchi_delivered_bytes_total',
    help: 'Bytes of delivered files, by site.',
    labelNames: ['site'] as const,
    registers,
  });
  const hits = new Counter({
    name: 'postchi_cache_hits_total',
    help: 'Jobs served by file id, without asking the site.',
    registers,
  });
  const whole = new Histogram({
    name: 'postchi_job_duration_seconds',
    help: 'Time from accepting a job to its end.',
    buckets: STAGE_BUCKETS,
    registers,
  });
  const stages = new Histogram({
    name: 'postchi_stage_duration_seconds',
    help: 'Time of one stage of a job: extract, download, convert or upload.',
    labelNames: ['stage', 'result'] as const,
    buckets: STAGE_BUCKETS,
    registers,
  });
  const calls = new Counter({
    name: 'postchi_bot_api_calls_total',
    help: 'Calls to the Bot API, by method and outcome.',
    labelNames: ['method', 'outcome'] as const,
    registers,
  });
  const callTime = new Histogram({
    name: 'postchi_bot_api_call_duration_seconds',
    help: 'Time from a Bot API call to its answer, long polling left out.',
    buckets: CALL_BUCKETS,
    registers,
  });
  const runs = new Counter({
    name: 'postchi_engine_runs_total',
    help: 'Runs of yt-dlp, by engine; failed are those that could not be started.',
    labelNames: ['engine', 'result'] as const,
    registers,
  });
  return {
    jobEnded(job: JobRow) {
      const site = siteLabel(job.site);
      ended.inc({ site, outcome: outcomeOf(job) });
      whole.observe(Math.max(0, (job.finishedAt ?? job.createdAt) - job.createdAt) / 1000);
      if (job.state === 'done') bytes.inc({ site }, job.bytes ?? 0);
      if (job.fromCache) hits.inc();
    },
    stage: (stage, ms, ok) => stages.observe({ stage, result: ok ? 'ok' : 'failed' }, ms / 1000),
    apiCall({ method, outcome, ms }) {
      calls.inc({ method, outcome });
      if (method !== 'getUpdates') callTime.observe(ms / 1000);
    },
    engineRun: (engine, ok) => runs.inc({ engine, result: ok ? 'ok' : 'failed' }),
  };
}

function gauges(registry: Registry, from: MetricReadings): void {
  const registers = [registry];
  new Gauge({
    name: 'postchi_jobs',
    help: 'Jobs that wait (queued) and that hold a place or upload (running).',
    labelNames: ['state'] as const,
    registers,
    async collect() {
      const { queued, running } = await from.queue();
      this.set({ state: 'queued' }, queued);
      this.set({ state: 'running' }, running);
    },
  });
  new Gauge({
    name: 'postchi_download_places',
    help: 'Downloads that may run at once.',
    registers,
    collect() {
      this.set(from.places());
    },
  });
  new Gauge({
    name: 'postchi_breakers',
    help: 'Breakers that are not closed, by site and state (open, half_open).',
    labelNames: ['site', 'state'] as const,
    registers,
    collect() {
      this.reset();
      for (const { site, state } of from.breakers()) this.inc({ site: siteLabel(site), state });
    },
  });
  running(
    registers,
    'postchi_engine_restarts_total',
    'Starts of the fork server after its first.',
    () => from.engineRestarts(),
  );
  running(
    registers,
    'postchi_egress_refused_total',
    'Connections to private addresses refused.',
    () => from.egress().refused,
  );
  running(
    registers,
    'postchi_egress_failed_total',
    'Connections to sites that failed.',
    () => from.egress().failed,
  );
  running(
    registers,
    'postchi_egress_received_bytes_total',
    'Bytes received from sites.',
    () => from.egress().bytesIn,
  );
}

/** A counter somebody else counts: it is taken over whole at each scrape. */
function running(registers: Registry[], name: string, help: string, value: () => number): void {
  new Counter({
    name,
    help,
    registers,
    collect() {
      this.reset();
      this.inc(value());
    },
  });
}
