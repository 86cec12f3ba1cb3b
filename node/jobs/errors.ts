/** How a running job's failure is named and what happens to the job then. */
import { randomBytes } from 'node:crypto';
import { asJobError, factOf, JobError } from '../../shared/errors.ts';
import { isDiskFull } from '../disk-full.ts';
import type { JobRow } from '../store/schema.ts';
import { Stopped, type StopReason } from './stopped.ts';

/** What comes next for a job that failed. */
export type Verdict =
  | { next: 'explain'; error: JobError }
  | { next: 'retry'; error: JobError; delayMs: number }
  /** Nothing the job is to blame for: it waits and no attempt is counted. */
  | { next: 'wait'; error: JobError; delayMs: number }
  /** The node is going down or cut off: the job waits for another start and loses nothing. */
  | { next: 'put_back' };

export const MAX_ATTEMPTS = 3;
const FIRST_DELAY_MS = 4000;
const LONGEST_DELAY_MS = 120_000;

/** Faults of the node's own surroundings: they pass, however often one job meets them. */
const PASSING: readonly JobError['code'][] = ['disk_full', 'telegram_unreachable'];
/** So long a job outlasts them, ms since it was accepted; then the person is told. */
const PATIENCE_MS = 6 * 3_600_000;
const WAIT_MS = { least: 5_000, most: 300_000 };

/** Eight hex digits: short enough to read out, enough to look a failure up. */
export const newErrorId = (): string => randomBytes(4).toString('hex');

const STOP_CODES: Record<Exclude<StopReason, 'shutdown' | 'lost'>, JobError['code']> = {
  cancelled: 'cancelled',
  timed_out: 'timed_out',
};

/** The node's own files meet a full disk as well as yt-dlp's. */
const named = (thrown: unknown): JobError =>
  isDiskFull(thrown) ? new JobError('disk_full', String(thrown)) : asJobError(thrown);

/**
 * The first cause wins: once a job was stopped, whatever its parts threw afterwards is only an
 * echo of that.
 */
export function judge(
  job: Pick<JobRow, 'attempt' | 'createdAt'>,
  thrown: unknown,
  signal: AbortSignal,
  now: number,
  random: () => number = Math.random,
): Verdict {
  const error = named(thrown);
  const stop = signal.aborted && signal.reason instanceof Stopped ? signal.reason : undefined;
  // What may stand in the chat already is never run again by itself, whatever stopped it.
  if (error.code === 'uncertain' && stop?.reason !== 'cancelled') return { next: 'explain', error };
  if (stop?.reason === 'shutdown' || stop?.reason === 'lost') return { next: 'put_back' };
  if (stop) return { next: 'explain', error: new JobError(STOP_CODES[stop.reason]) };
  const age = now - job.createdAt;
  if (PASSING.includes(error.code) && age < PATIENCE_MS) {
    return { next: 'wait', error, delayMs: passingDelay(age, random) };
  }
  if (factOf(error.code).retry !== 'soon' || job.attempt >= MAX_ATTEMPTS) {
    return { next: 'explain', error };
  }
  return { next: 'retry', error, delayMs: backoff(job.attempt, random) };
}

/** Full jitter over an exponential cap, so that jobs of one outage do not return together. */
function backoff(attempt: number, random: () => number): number {
  const cap = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return Math.round(cap / 2 + (random() * cap) / 2);
}

/** Grows with the outage: a job that waits for an hour does not download every few seconds. */
function passingDelay(age: number, random: () => number): number {
  const cap = Math.min(WAIT_MS.most, Math.max(WAIT_MS.least, age / 2));
  return Math.round(cap / 2 + (random() * cap) / 2);
}
