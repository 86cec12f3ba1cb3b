/** What a start does about the jobs of an earlier process that died. */
import { JobError } from '../../shared/errors.ts';
import { uncertainKeyboard } from '../chat/keyboards.ts';
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { newErrorId } from './errors.ts';

export interface RecoverParts {
  store: Store;
  board: Board;
  bootId: string;
  log: Log;
  now(): number;
}

/** Requeues, gives up or asks; answers how many jobs were found. */
export async function recoverJobs(parts: RecoverParts): Promise<number> {
  const { store, board, bootId, log, now } = parts;
  const { requeued, dead, uncertain } = await store.jobs.recover(bootId, now());
  takeOverMessages(board, [...(await store.jobs.waiting()), ...dead, ...uncertain]);
  for (const job of dead) {
    const error = new JobError('crashed');
    const errorId = job.errorId ?? newErrorId();
    await tell(parts, job, () =>
      board.ended(job, (t) => t.failed({ sentence: t.errors[error.code]({}), errorId })),
    );
  }
  for (const job of uncertain) {
    await tell(parts, job, () => board.ended(job, (t) => t.uncertain, uncertainKeyboard(job)));
  }
  const found = requeued.length + dead.length + uncertain.length;
  const counts = { requeued: requeued.length, dead: dead.length, uncertain: uncertain.length };
  if (found > 0) log.warn(counts, 'recovered after a crash');
  return found;
}

/** Jobs of one update share a status message; it is found again by its id. */
function takeOverMessages(board: Board, jobs: JobRow[]): void {
  const groups = new Map<number, JobRow[]>();
  for (const job of jobs) groups.set(job.updateId, [...(groups.get(job.updateId) ?? []), job]);
  for (const group of groups.values()) board.open(group);
}

async function tell({ log }: RecoverParts, job: JobRow, say: () => Promise<void>): Promise<void> {
  await say().catch((err) =>
    log.warn({ job: job.id, err }, 'a recovered job could not be explained'),
  );
}
