/** The end of a job that was not delivered: tried again, put back, or explained in plain words. */
import { factOf, type JobError } from '../../shared/errors.ts';
import type { Texts } from '../../shared/texts/catalogue.ts';
import type { SiteWatch } from '../breakers/breakers.ts';
import { failureKeyboard, uncertainKeyboard } from '../chat/keyboards.ts';
import type { Offer, Offered } from '../chat/screens/offer.ts';
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import type { Keyboard } from '../status/card.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { telegramFault } from '../telegram/errors.ts';
import { judge, MAX_ATTEMPTS, newErrorId } from './errors.ts';

export interface SettleParts {
  store: Pick<Store, 'jobs' | 'users'>;
  board: Pick<Board, 'open' | 'show' | 'ended' | 'cancelled'>;
  offer: Offer;
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

/** Says why, then ends the job: said twice after a crash is better than never. */
export async function explain(parts: SettleParts, job: JobRow, error: JobError): Promise<void> {
  const { store, log, now } = parts;
  const errorId = newErrorId();
  const level = factOf(error.code).blame === 'us' ? 'error' : 'info';
  const { code, detail } = error;
  log[level]({ job: job.id, site: job.site, code, errorId, detail }, 'job ended');
  const unsaid = !(await speak(parts, job, error, errorId));
  const state = code === 'cancelled' || code === 'uncertain' ? code : 'failed';
  await store.jobs.end(job, { state, now: now(), error, errorId, unsaid });
}

export type SpeakParts = Omit<SettleParts, 'sites'>;

/** False when the words have to be said later. */
export async function speak(parts: SpeakParts, job: JobRow, error: JobError, errorId: string) {
  const { board, log, store, offer, now } = parts;
  const blocked = async () => {
    if (job.chatType === 'private') await store.users.change(job.userId, { blockedAt: now() });
    return true;
  };
  if (error.code === 'blocked_by_user') return blocked();
  const format = (await store.users.find(job.userId))?.audioFormat ?? 'm4a';
  const [words, keyboard] = lastWords(offer(job, error, format), job, error, errorId);
  try {
    if (error.code === 'cancelled') await board.cancelled(job);
    else await board.ended(job, words, keyboard);
    return true;
  } catch (cause) {
    log.warn({ job: job.id, err: cause }, 'the explanation did not get through');
    const { kind } = telegramFault(cause);
    if (kind === 'blocked' || kind === 'chat_gone') return blocked();
    // Refused words would be refused again; words that may have been shown are better said twice.
    return kind === 'rejected';
  }
}

type LastWords = [(texts: Texts) => string, Keyboard?];

function lastWords(
  offered: Offered | undefined,
  job: JobRow,
  error: JobError,
  errorId: string,
): LastWords {
  if (error.code === 'uncertain') return [(texts) => texts.uncertain, uncertainKeyboard(job)];
  if (offered) {
    const ask = (texts: Texts) => texts.failed({ sentence: offered.text, errorId });
    return [ask, offered.keyboard];
  }
  const words = (texts: Texts) =>
    texts.failed({ sentence: texts.errors[error.code](error.facts), errorId });
  return [words, failureKeyboard(job, error)];
}
