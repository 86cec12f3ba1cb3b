/** Says what is still owed: how jobs ended while nobody could be told. */
import { ERRORS, type ErrorCode, JobError } from '../../shared/errors.ts';
import type { JobRow } from '../store/schema.ts';
import { newErrorId } from './errors.ts';
import { type SpeakParts, speak } from './settle.ts';

export interface OwedWords {
  /** Tries everything that is owed, one after the other; a second call joins the first. */
  say(): Promise<void>;
  close(): Promise<void>;
}

const EVERY_MS = 30_000;

export interface OwedParts extends SpeakParts {
  /** Of several nodes one says it all. */
  mayI?: () => Promise<boolean>;
  /** Before words about a job whose status message another node may have shown. */
  claim?: (job: JobRow) => Promise<void>;
}

export function owedWords(parts: OwedParts, everyMs: number = EVERY_MS): OwedWords {
  let saying: Promise<void> | undefined;
  let closing = false;

  async function sayAll(): Promise<void> {
    if (parts.mayI && !(await parts.mayI())) return;
    for (const job of await parts.store.jobs.unsaid()) {
      if (closing) return;
      await parts.claim?.(job);
      const error = errorOf(job);
      const errorId = job.errorId ?? newErrorId();
      // Its message left the board when the words failed; they belong in its place.
      if (job.statusMessageId !== null || job.statusFloor !== null) parts.board.open([job]);
      const told = await speak(parts, job, error, errorId);
      if (told) {
        await parts.store.jobs.said(job.id, errorId);
        parts.log.warn({ job: job.id, code: error.code, errorId }, 'job ended');
      }
      // Telegram is still out of reach: the others would only fail the same way.
      else return;
    }
  }

  function say(): Promise<void> {
    saying ??= sayAll()
      .catch((err) => parts.log.error({ err }, 'owed words could not be said'))
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

const isCode = (code: string | null): code is ErrorCode =>
  code !== null && Object.hasOwn(ERRORS, code);

const errorOf = (job: JobRow): JobError =>
  new JobError(isCode(job.errorCode) ? job.errorCode : 'internal');
