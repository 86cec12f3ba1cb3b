/** The METRICS SUMMARY in the log: what happened since the one before, and how the last day was. */
import { siteByName } from '../../shared/sites.ts';
import { groupBy } from '../group-by.ts';
import { countsForSuccess } from '../health/work-checks.ts';
import type { EndedJob } from '../store/upkeep.ts';

export interface PlatformFigures {
  count: number;
  /** 0–100; undefined when no job says anything about it. */
  success: number | undefined;
  /** Seconds from acceptance to delivery, of what was delivered without the cache. */
  p50: number | undefined;
  p95: number | undefined;
}

export interface Summary {
  users: number;
  jobs: number;
  success: number | undefined;
  bytes: number;
  cacheHits: number;
  platforms: Record<string, PlatformFigures>;
  /** Error codes, the most frequent first. */
  errors: Record<string, number>;
}

const MOST_PLATFORMS = 12;
const MOST_ERRORS = 8;

/** Sites without a row of their own are added up as `other`. */
export function summarize(jobs: readonly EndedJob[]): Summary {
  const bySite = groupBy(jobs, ({ site }) => (siteByName(site) ? site : 'other'));
  const largest = [...bySite].sort(([, a], [, b]) => b.length - a.length).slice(0, MOST_PLATFORMS);
  return {
    users: new Set(jobs.map(({ userId }) => userId)).size,
    jobs: jobs.length,
    success: successOf(jobs),
    bytes: jobs.reduce((sum, job) => sum + (job.state === 'done' ? (job.bytes ?? 0) : 0), 0),
    cacheHits: jobs.filter(({ fromCache }) => fromCache).length,
    platforms: Object.fromEntries(largest.map(([site, own]) => [site, figuresOf(own)])),
    errors: errorsOf(jobs),
  };
}

function figuresOf(jobs: readonly EndedJob[]): PlatformFigures {
  const seconds = jobs
    .filter(({ state, fromCache }) => state === 'done' && !fromCache)
    .map(({ createdAt, finishedAt }) => ((finishedAt ?? createdAt) - createdAt) / 1000)
    .sort((a, b) => a - b);
  return {
    count: jobs.length,
    success: successOf(jobs),
    p50: quantile(seconds, 0.5),
    p95: quantile(seconds, 0.95),
  };
}

function successOf(jobs: readonly EndedJob[]): number | undefined {
  const counted = jobs.filter(countsForSuccess);
  if (counted.length === 0) return undefined;
  return Math.round(
    (counted.filter(({ state }) => state === 'done').length / counted.length) * 100,
  );
}

/** The nearest-rank quantile of sorted values, with one decimal. */
export function quantile(sorted: readonly number[], q: number): number | undefined {
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  return value === undefined ? undefined : Math.round(value * 10) / 10;
}

function errorsOf(jobs: readonly EndedJob[]): Record<string, number> {
  const failed = jobs.filter(({ state, errorCode }) => state === 'failed' && errorCode !== null);
  const counts = [...groupBy(failed, ({ errorCode }) => String(errorCode))];
  const sorted = counts
    .map(([code, own]) => [code, own.length] as const)
    .sort((a, b) => b[1] - a[1]);
  return Object.fromEntries(sorted.slice(0, MOST_ERRORS));
}
