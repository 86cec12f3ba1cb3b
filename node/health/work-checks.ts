/** The queue, the workers and how the last jobs ended. */
import { ERRORS, type ErrorCode, factOf } from '../../shared/errors.ts';
import type { EndedJob } from '../store/upkeep.ts';
import { type Check, found, grade, type HealthSource } from './check.ts';
import { percent } from './words.ts';

export interface QueueReading {
  queued: number;
  running: number;
  /** Downloads at once. */
  places: number;
  /** Of the places, those held by a job that is not on the disk yet; at most `places`. */
  taken: number;
}

/** A full queue is this many rounds of downloads: about ten minutes of waiting. */
const FULL_ROUNDS = 12;

export const queueSource = (read: () => Promise<QueueReading>): HealthSource => ({
  name: 'queue',
  check: async () => queueCheck(await read()),
});

export function queueCheck({ queued, running, places, taken }: QueueReading): Check {
  const fill = (queued / (places * FULL_ROUNDS)) * 100;
  const detail = `${queued} waiting (${percent(fill)} full), ${running} running, ${taken} of ${places} downloads at once`;
  const facts = { queued, running, places, taken, percent: fill };
  const step =
    'raise MAX_CONCURRENT_DOWNLOADS when CPU and memory allow it, else use a larger server';
  const state = grade(fill, { warn: 80, bad: 200 });
  return found({ name: 'queue', state, detail, say: (d) => d.queue(facts), facts }, step);
}

export const workersSource = (
  read: () => { busy: number; waiting: number; limit: number },
): HealthSource => ({
  name: 'workers',
  check: () => workersCheck(read()),
});

export function workersCheck({
  busy,
  waiting,
  limit,
}: {
  busy: number;
  waiting: number;
  limit: number;
}): Check {
  const backlog = (waiting / limit) * 100;
  const detail = `${busy} of ${limit} busy, ${waiting} tasks waiting`;
  const facts = { busy, waiting, limit };
  const state = grade(backlog, { warn: 100, bad: 500 });
  return found(
    { name: 'workers', state, detail, say: (d) => d.workers(facts), facts },
    'raise WORKERS, or use a larger server',
  );
}

/** Too few jobs say nothing about how well things go. */
const ENOUGH_JOBS = 10;

export const successSource = (recent: () => Promise<readonly EndedJob[]>): HealthSource => ({
  name: 'success',
  check: async () => successCheck(await recent()),
});

/**
 * Whether an end says something about how well the bot works. What a person asked for in vain
 * (a private video, a wrong link) and what they stopped themselves says nothing.
 */
export function countsForSuccess({ state, errorCode }: Outcome): boolean {
  if (state === 'done') return true;
  if (state === 'cancelled' || errorCode === 'blocked_by_user') return false;
  if (errorCode === null || !Object.hasOwn(ERRORS, errorCode)) return true;
  const { blame, retry } = factOf(errorCode as ErrorCode);
  return blame !== 'user' && !(blame === 'site' && retry === 'never');
}

type Outcome = Pick<EndedJob, 'state' | 'errorCode'>;

export function successCheck(jobs: readonly EndedJob[]): Check {
  const counted = jobs.filter(countsForSuccess);
  const done = counted.filter(({ state }) => state === 'done').length;
  const rate = counted.length > 0 ? (done / counted.length) * 100 : 100;
  const enough = counted.length >= ENOUGH_JOBS;
  const state = !enough || rate >= 70 ? 'ok' : rate >= 40 ? 'warn' : 'bad';
  const detail = `${done} of ${counted.length} jobs of the last hour succeeded`;
  const facts = { percent: rate, jobs: counted.length };
  const say: Check['say'] = (d) => d.success({ done, of: counted.length });
  return found(
    { name: 'success', state, detail, say, facts },
    'see /stats and /circuit, then the errors in the log',
  );
}
