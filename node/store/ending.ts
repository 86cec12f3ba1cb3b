/** What is written when a job ends, in whichever database. */
import type { JobError } from '../../shared/errors.ts';
import { redact } from '../log.ts';
import { RELEASED } from './interrupted.ts';
import type { Ending } from './jobs.ts';

/** An engine's words quote the link, and links hold keys: `/log` shows this to admins. */
export const detailOf = (error: JobError | undefined) =>
  error ? redact(error.detail).slice(0, 2000) : null;

export function endValues({ state, now, error, errorId, sentMessageId, fromCache }: Ending) {
  return {
    ...RELEASED,
    state,
    finishedAt: now,
    errorCode: error?.code ?? null,
    errorDetail: detailOf(error),
    errorId: errorId ?? null,
    ...(sentMessageId === undefined ? {} : { sentMessageId }),
    fromCache: fromCache ? 1 : 0,
  };
}
