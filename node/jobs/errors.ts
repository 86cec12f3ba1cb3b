/** How a running job's failure is named and what happens to the job then. */
import { randomBytes } from 'node:crypto';
import { asJobError, factOf, JobError } from '../../shared/errors.ts';
import type { JobRow } from '../store/schema.ts';
import { Stopped, type StopReason } from './runner.ts';

/** What comes next for a job that failed. */
export type Verdict =
  | { next: 'explain'; error: JobError }
  | { next: 'retry'; error: JobError; delayMs: number }
  /** The node is going down: the job waits for the next start and loses nothing. */
  | { next: 'put_back' };

export const MAX_ATTEMPTS = 3;
const FIRST_DELAY_MS = 4000;
const LONGEST_DELAY_MS = 120_000;

/** Eight hex digits: short enough to read out, enough to look a failure up. */
export const newErrorId = (): string => randomBytes(4).toString('hex');

const STOP_CODES: Record<Exclude<StopReason, 'shutdown'>, JobError['code']> = {
  cancelled: 'cancelled',
  timed_out: 'timed_out',
};

/**
 * The first cause wins: once a job was stopped, whatever its parts threw afterwards is only an
 * echo of that.
 */
export function judge(
  job: Pick<JobRow, 'attempt'>,
  thrown: unknown,
  signal: AbortSignal,
  random: () => number = Math.random,
): Verdict {
  const stop = signal.aborted && signal.reason instanceof Stopped ? signal.reason : undefined;
  if (stop?.reason === 'shutdown') return { next: 'put_back' };
  if (stop) return { next: 'explain', error: new JobError(STOP_CODES[stop.reason]) };
  const error = asJobError(thrown);
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
