/** The time after the switch: whether jobs end clearly worse with the new yt-dlp than before it. */
import type { ErrorCode } from '../../shared/errors.ts';
import type { EndedJob } from '../store/upkeep.ts';
import type { Rate, Watch } from './records.ts';

/** Jobs a new version has to prove itself on. */
export const TRIAL_JOBS = 50;
/** Fewer say nothing. */
const ENOUGH_JOBS = 10;
/** Jobs before the switch that it is compared with, at most. */
const BASELINE_JOBS = 200;
/** After this time a version that few used is taken for good, ms. */
const LONGEST_MS = 3 * 24 * 3_600_000;
/** A bot without a past is held to the least success it promises. */
const PROMISED: Rate = { good: 75, judged: 100 };
/**
 * Percentage points, and standard errors. Looked at after every job, three of them cry wolf in
 * 2 of 100 trials of a release that is as good, see docs/decisions/0009-ytdlp-update.md.
 */
const CLEARLY = { points: 20, z: 3 };

/** Ends yt-dlp has no part in: the person's, Telegram's and the machine's. */
const NOT_ITS = new Set<string>([
  'cancelled',
  'telegram_rejected',
  'telegram_unreachable',
  'blocked_by_user',
  'uncertain',
  'disk_full',
  'out_of_memory',
  'crashed',
  'busy',
  'queue_full_user',
  'banned',
  'bad_link',
  'bad_clip',
  'too_large',
  'private_address',
] satisfies ErrorCode[]);

/**
 * A private video and a wrong link count as well: they are as frequent before as after, and a
 * broken extractor often calls a good link by these names.
 */
function counts({ state, errorCode, fromCache }: EndedJob): boolean {
  if (state === 'done') return fromCache === 0;
  return state === 'failed' && errorCode !== null && !NOT_ITS.has(errorCode);
}

export function rateOf(jobs: readonly EndedJob[]): Rate {
  const judged = jobs.filter(counts);
  return { good: judged.filter(({ state }) => state === 'done').length, judged: judged.length };
}

/** The last jobs before the switch; the promise where there were too few. */
export function baselineOf(jobs: readonly EndedJob[]): Rate {
  const counted = jobs.filter(counts);
  const last = counted
    .sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0))
    .slice(-BASELINE_JOBS);
  return last.length < ENOUGH_JOBS ? PROMISED : rateOf(last);
}

/** Jobs that were accepted after the switch ran on the new one from beginning to end. */
export const onTrial = (jobs: readonly EndedJob[], { since }: Watch): EndedJob[] =>
  jobs.filter(({ createdAt }) => createdAt >= since);

export type TrialVerdict = 'worse' | 'proved' | 'wait';

export function verdictOf(watch: Watch, after: Rate, now: number): TrialVerdict {
  if (after.judged >= ENOUGH_JOBS && isClearlyLower(watch.before, after)) return 'worse';
  const over = after.judged >= TRIAL_JOBS || now - watch.since >= LONGEST_MS;
  return over ? 'proved' : 'wait';
}

const share = ({ good, judged }: Rate) => good / judged;

/** Two shares compared: the difference in points, and in standard errors of the pooled share. */
function isClearlyLower(before: Rate, after: Rate): boolean {
  const difference = share(before) - share(after);
  if (difference * 100 < CLEARLY.points) return false;
  const pooled = (before.good + after.good) / (before.judged + after.judged);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / before.judged + 1 / after.judged));
  return error > 0 && difference / error >= CLEARLY.z;
}
