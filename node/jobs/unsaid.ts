/** Says what is still owed: how jobs ended while nobody could be told. */
import { ERRORS, type ErrorCode, JobError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { type OwedJob, SAYING_MS } from '../store/unsaid.ts';
import { newErrorId } from './errors.ts';
import type { LastWords } from './words.ts';

export interface OwedWords {
  /** Tries everything that is owed, one after the other; a second call joins the first. */
  say(): Promise<void>;
  close(): Promise<void>;
}

const EVERY_MS = 30_000;
/** So many that fail one after the other mean that Telegram is out of reach. */
const ENOUGH = 3;

export interface OwedParts {
  store: Pick<Store, 'jobs'>;
  board: Pick<Board, 'open'>;
  words: LastWords;
  log: Log;
  now(): number;
  /** Of several nodes one says it all, but not what the run that ended the job says just now. */
  mayI?: (() => Promise<boolean>) | undefined;
  /** Before words about a job whose status message another node may have shown. */
  claim?: (job: JobRow) => Promise<void>;
}

export function owedWords(parts: OwedParts, everyMs: number = EVERY_MS): OwedWords {
  const { store, board, words, log, now } = parts;
  let saying: Promise<void> | undefined;
  let closing = false;

  async function sayAll(): Promise<void> {
    if (parts.mayI && !(await parts.mayI())) return;
    let failed = 0;
    for (const { id } of await store.jobs.unsaid()) {
      // Read anew: the person may have answered the question meanwhile.
      const job = (await store.jobs.unsaid()).find((one) => one.id === id);
      if (!job || (parts.mayI && isInMouth(job, now()))) continue;
      if (closing || failed === ENOUGH) return;
      failed = (await sayOne(job)) ? 0 : failed + 1;
    }
  }

  async function sayOne(job: OwedJob): Promise<boolean> {
    await parts.claim?.(job);
    const error = errorOf(job);
    const errorId = job.errorId ?? newErrorId();
    // Its message left the board when the words failed; they belong in its place.
    const shown = job.statusMessageId !== null || job.statusFloor !== null;
    if (shown || error.code === 'cancelled') board.open([job]);
    const told = await words.say(job, error, errorId);
    if (told) log.warn({ job: job.id, code: error.code, errorId }, 'job ended');
    return told;
  }

  function say(): Promise<void> {
    saying ??= sayAll()
      .catch((err) => log.error({ err }, 'owed words could not be said'))
      .finally(() => {
        saying = undefined;
      });
    return saying;
  }

  const timer = setInterval(() => void say(), everyMs).unref();
  return {
    say,
    async close() {
      closing = true;
      clearInterval(timer);
      await saying;
    },
  };
}

/** The clock may have jumped since: a time that is too far away was named by another. */
const isInMouth = ({ inMouthUntil }: OwedJob, now: number) =>
  inMouthUntil > now && inMouthUntil <= now + SAYING_MS;

const isCode = (code: string | null): code is ErrorCode =>
  code !== null && Object.hasOwn(ERRORS, code);

const errorOf = ({ errorCode, facts }: OwedJob): JobError =>
  new JobError(isCode(errorCode) ? errorCode : 'internal', '', facts);
