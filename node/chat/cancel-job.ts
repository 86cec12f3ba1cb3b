import type { JobRow } from '../store/schema.ts';
import type { ChatParts } from './parts.ts';

/** Cancels a job wherever it is; false when it has ended. */
export async function cancelJob(
  parts: Pick<ChatParts, 'runner' | 'stops' | 'boards' | 'store' | 'board' | 'now'>,
  job: JobRow,
): Promise<boolean> {
  if (parts.runner.stop(job.id, 'cancelled')) return true;
  if (!(await parts.store.jobs.cancelWaiting(job.id, parts.now(), { unsaid: true }))) {
    return parts.stops.stop(job.id);
  }
  // An open menu is nobody's status message any more: it becomes one for its last words.
  if (job.state === 'asking') parts.board.open([job]);
  await parts.boards.cancelled(job);
  return true;
}
