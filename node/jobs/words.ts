/**
 * Last words: how a job ended, in the place of its status message. They are owed since the commit
 * that ended the job, so that a crash or a lost answer can only delay them.
 */
import { factOf, type JobError } from '../../shared/errors.ts';
import type { Texts } from '../../shared/texts/catalogue.ts';
import { failureKeyboard, uncertainKeyboard } from '../chat/keyboards.ts';
import type { Offer, Offered } from '../chat/screens/offer.ts';
import { isDiskFull } from '../disk-full.ts';
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import type { Keyboard } from '../status/card.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { telegramFault } from '../telegram/errors.ts';

export interface WordsParts {
  store: Pick<Store, 'jobs' | 'users'>;
  board: Pick<Board, 'ended' | 'cancelled'>;
  offer: Offer;
  log: Log;
  now(): number;
}

export interface LastWords {
  /**
   * Says them and writes down that they are no longer owed. While they are being said a second
   * call joins the first. False when they have to be said later.
   */
  say(job: JobRow, error: JobError, errorId: string): Promise<boolean>;
}

export function createLastWords(parts: WordsParts): LastWords {
  const saying = new Map<number, Promise<boolean>>();
  return {
    say(job, error, errorId) {
      const before = saying.get(job.id);
      if (before) return before;
      const now = sayAndNote(parts, job, error, errorId).finally(() => saying.delete(job.id));
      saying.set(job.id, now);
      return now;
    },
  };
}

async function sayAndNote(
  parts: WordsParts,
  job: JobRow,
  error: JobError,
  errorId: string,
): Promise<boolean> {
  if (!(await speak(parts, job, error, errorId))) {
    // Of several nodes another need not wait until this one's time to say them is over.
    await parts.store.jobs.unspoken(job.id).catch((err) => {
      parts.log.warn({ job: job.id, err }, 'that the last words are free to say was not written');
    });
    return false;
  }
  // A cancel is nobody's failure: there is nothing to look up.
  const id = error.code === 'cancelled' ? undefined : errorId;
  await parts.store.jobs.said(job.id, id).catch((err) => {
    // A full disk: said again they change nothing, because they stand in the same message.
    parts.log.warn({ job: job.id, err }, 'that the last words were said was not written');
  });
  return true;
}

async function speak(parts: WordsParts, job: JobRow, error: JobError, errorId: string) {
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
    // Refused words would be refused again.
    return kind === 'rejected' && !isDiskFull(cause);
  }
}

type Told = [(texts: Texts) => string, Keyboard?];

function lastWords(
  offered: Offered | undefined,
  job: JobRow,
  error: JobError,
  errorId: string,
): Told {
  if (error.code === 'uncertain') return [(texts) => texts.uncertain, uncertainKeyboard(job)];
  if (offered) {
    const ask = (texts: Texts) => texts.failed({ sentence: offered.text, errorId });
    return [ask, offered.keyboard];
  }
  const words = (texts: Texts) =>
    texts.failed({ sentence: texts.errors[error.code](error.facts), errorId });
  return [words, failureKeyboard(job, error)];
}

/** Whether the node is to blame for how a job ended, for the log. */
export const levelOf = (error: JobError): 'error' | 'info' =>
  factOf(error.code).blame === 'us' ? 'error' : 'info';
