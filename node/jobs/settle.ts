/** The end of a job that was not delivered: tried again, put back, or explained in plain words. */
import { factOf, type JobError } from '../../shared/errors.ts';
import type { SiteWatch } from '../breakers/breakers.ts';
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { judge, MAX_ATTEMPTS, newErrorId } from './errors.ts';
import { type LastWords, levelOf } from './words.ts';

export interface SettleParts {
  store: Pick<Store, 'jobs'>;
  board: Pick<Board, 'show'>;
  words: LastWords;
  sites: Pick<SiteWatch, 'failed' | 'pausedUntil'>;
  log: Log;
  now(): number;
}

/** Answers the error the job ended with, or undefined when it will run again. */
export async function settleFailure(
  parts: SettleParts,
  job: JobRow,
  thrown: unknown,
  signal: AbortSignal,
): Promise<JobError | undefined> {
  const { store, board, log, now } = parts;
  if (await lostJob(store, job)) {
    log.warn({ job: job.id, attempt: job.attempt }, 'a run ended whose job is no longer its own');
    return undefined;
  }
  const verdict = judge(job, thrown, signal, now());
  if (verdict.next === 'put_back') {
    await store.jobs.requeue(job, { notBefore: 0, burn: false });
    return undefined;
  }
  parts.sites.failed(job, verdict.error);
  if (await waitForSite(parts, job, verdict.error)) return undefined;
  if (verdict.next === 'wait') {
    const { error, delayMs } = verdict;
    await store.jobs.requeue(job, { notBefore: now() + delayMs, burn: false, error });
    log.warn({ job: job.id, code: error.code, detail: error.detail, delayMs }, 'job waits');
    if (error.code === 'disk_full') board.show(job, (texts) => texts.status.noSpace);
    return undefined;
  }
  if (verdict.next === 'retry') {
    const { error, delayMs } = verdict;
    await store.jobs.requeue(job, { notBefore: now() + delayMs, burn: true, error });
    log.info({ job: job.id, code: error.code, detail: error.detail, delayMs }, 'job retried');
    const wait = { n: job.attempt + 1, seconds: Math.ceil(delayMs / 1000) };
    board.show(job, (texts) => texts.status.retrying(wait));
    return undefined;
  }
  await explain(parts, job, verdict.error);
  return verdict.error;
}

/**
 * Another run has the job, or will have it: its words are the ones that count. A job that waits
 * for a person or whose row was removed is still this run's to explain.
 */
async function lostJob({ jobs }: Pick<Store, 'jobs'>, job: JobRow): Promise<boolean> {
  const row = await jobs.find(job.id);
  if (!row || row.state === 'asking') return false;
  const mine = row.attempt === job.attempt && row.bootId === job.bootId;
  return !mine || !(row.state === 'running' || row.state === 'sending');
}

/** After the pause others of the site's jobs go first: a link that always fails must not be every probe. */
const AFTER_PAUSE_MS = 30_000;

/** A paused site's failure is no reason to give up on a job yet; false when it is not paused. */
async function waitForSite(
  { store, board, sites }: SettleParts,
  job: JobRow,
  error: JobError,
): Promise<boolean> {
  const until = factOf(error.code).breaker && sites.pausedUntil(job.site);
  if (!until || job.attempt >= MAX_ATTEMPTS) return false;
  await store.jobs.requeue(job, { notBefore: until + AFTER_PAUSE_MS, burn: true, error });
  board.show(job, (texts) => texts.status.paused({ site: job.site, until }));
  return true;
}

/** Ends the job and says why: the words are owed from the same commit on. */
export async function explain(parts: SettleParts, job: JobRow, error: JobError): Promise<void> {
  const { store, words, log, now } = parts;
  const errorId = newErrorId();
  const { code, detail } = error;
  log[levelOf(error)]({ job: job.id, site: job.site, code, errorId, detail }, 'job ended');
  const state = code === 'cancelled' || code === 'uncertain' ? code : 'failed';
  const ended = await store.jobs.end(job, { state, now: now(), error, errorId, unsaid: true });
  if (ended || !(await lostJob(store, job))) await words.say(job, error, errorId);
}
