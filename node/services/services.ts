/** What runs by the clock. Each says so at the start and in `/health`. */
import { Cron } from 'croner';
import type { HealthSource } from '../health/check.ts';
import type { Log } from '../log.ts';
import type { Upkeep } from '../store/upkeep.ts';
import { type BackupMade, makeBackup } from './backup.ts';
import { type CleanupParts, cleanUp } from './cleanup.ts';
import { everyMs, type Service } from './every.ts';
import type { LastBackup } from './last-backup.ts';
import { summarize } from './summary.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Local times at which hardly anybody downloads; not on the hour, when every server is busy. */
const NIGHT = { backup: '40 2 * * *', ytdlp: '20 3 * * *' };

const atNight =
  (pattern: string): Service['next'] =>
  (now) =>
    new Cron(pattern, { paused: true }).nextRun(new Date(now))?.getTime() ?? now + DAY;

export const sampling = (run: () => Promise<void>): Service => ({
  name: 'CPU and memory samples',
  next: everyMs(10_000),
  run,
});

export interface StatisticsParts {
  upkeep: Pick<Upkeep, 'endedSince'>;
  queue(): Promise<{ queued: number; running: number }>;
  intervalMs: number;
  log: Log;
  now(): number;
}

export function statistics({ upkeep, queue, intervalMs, log, now }: StatisticsParts): Service {
  let since = now();
  return {
    name: 'statistics logger',
    next: everyMs(intervalMs),
    async run() {
      const until = now();
      const recent = summarize(await upkeep.endedSince(since));
      const day = summarize(await upkeep.endedSince(until - DAY));
      log.info(
        { seconds: Math.round((until - since) / 1000), ...recent, queue: await queue(), day },
        'METRICS SUMMARY',
      );
      since = until;
    },
  };
}

export function cleaning(parts: CleanupParts, intervalMs: number, log: Log): Service {
  return {
    name: 'clean-up',
    next: everyMs(intervalMs),
    async run() {
      const items = await cleanUp(parts);
      const removed = items.map(({ what, count, bytes }) => ({ what, count, bytes }));
      if (removed.length > 0) log.info({ removed }, 'cleaned up');
    },
  };
}

export interface BackupServiceParts {
  dir: string;
  upkeep: Upkeep;
  /** ms since the epoch of the newest backup at the start; undefined without one. */
  newestAt: number | undefined;
  mayI(): Promise<boolean>;
  last: Pick<LastBackup, 'made'>;
  log: Log;
  now(): number;
}

/** A bot that is only up by day still gets its backup: soon after a start that finds none. */
export function backingUp(parts: BackupServiceParts): Service {
  const { dir, upkeep, newestAt, mayI, last, log, now } = parts;
  let due = newestAt === undefined || now() - newestAt > 26 * HOUR;
  const nightly = atNight(NIGHT.backup);
  return {
    name: 'database backup',
    next: (from) => (due ? from + 5 * 60_000 : nightly(from)),
    async run() {
      due = false;
      if (!(await mayI())) return;
      const { bytes }: BackupMade = await makeBackup({ dir, upkeep, now });
      await last.made(now());
      log.info({ bytes }, 'database backed up');
    },
  };
}

/** Whoever looks offers what was found to the admins as well. */
export const lookingForYtdlp = (
  updater: { readonly using: { version: string }; look(): Promise<string | undefined> },
  log: Log,
): Service => ({
  name: 'yt-dlp update check',
  next: atNight(NIGHT.ytdlp),
  async run() {
    const newer = await updater.look();
    const current = updater.using.version;
    if (newer) log.info({ current, newer }, 'a newer yt-dlp is available: /update takes it');
    else log.info({ current }, 'yt-dlp is the newest that could be found');
  },
});

/** Says what `/health` would say about the cookies, while nobody looks. */
export const checkingCookies = (cookies: HealthSource, log: Log): Service => ({
  name: 'cookie check',
  next: everyMs(6 * HOUR, 60_000),
  async run() {
    for (const { state, detail, nextStep } of [await cookies.check()].flat())
      log[state === 'ok' ? 'info' : 'warn']({ nextStep }, `cookies: ${detail}`);
  },
});

/** One account a round, so that a dozen of them never knock at a site together. */
/** Of several nodes one knocks at the sites. */
export const probingCookies = (
  prober: { next(): Promise<void> },
  mayI: () => Promise<boolean> = async () => true,
): Service => ({
  name: 'cookie probe',
  next: everyMs(10 * 60_000, 2 * 60_000),
  async run() {
    if (await mayI()) await prober.next();
  },
});

/** @param look reads the webhook's state and keeps it for `/health` */
export const watchingWebhook = (look: () => Promise<void>): Service => ({
  name: 'webhook check',
  next: everyMs(5 * 60_000, 10_000),
  run: look,
});
