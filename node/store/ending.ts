/** What is written when a run is over, in whichever database. */
import type { JobError } from '../../shared/errors.ts';
import { redact } from '../log.ts';
import { RELEASED } from './interrupted.ts';
import type { Claim, Ending, Requeue } from './jobs.ts';

/** An engine's words quote the link, and links hold keys: `/log` shows this to admins. */
const detailOf = (error: JobError | undefined) =>
  error ? redact(error.detail).slice(0, 2000) : null;

/** Of a job that is not claimed. */
export const cancelValues = (now: number) => ({
  state: 'cancelled' as const,
  errorCode: 'cancelled',
  finishedAt: now,
});

export const requeueValues = ({ attempt }: Claim, { notBefore, burn, error }: Requeue) => ({
  ...RELEASED,
  state: 'queued' as const,
  notBefore,
  attempt: burn ? attempt : attempt - 1,
  errorCode: error?.code ?? null,
  errorDetail: detailOf(error),
});

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
