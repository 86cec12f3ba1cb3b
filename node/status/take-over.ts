/** Goes on with a status message that an earlier process or another node began. */

import { PAUSED_UNTIL } from '../store/playlists.ts';
import type { JobRow, JobState } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Board } from './board.ts';

const OPEN: readonly JobState[] = ['queued', 'running', 'sending'];

/** The update's jobs that are open, and `job` in any case, with what became of the others. */
export async function takeOver(
  { store, board }: { store: Pick<Store, 'jobs'>; board: Pick<Board, 'open'> },
  job: JobRow,
): Promise<void> {
  const all = await store.jobs.ofUpdate(job.updateId);
  const live = all.filter(({ id, state }) => id === job.id || OPEN.includes(state));
  openGroup(board, live.length > 0 ? live : [job], all);
}

/** Shows `group`; the rest of its update is counted as it ended. */
export function openGroup(
  board: Pick<Board, 'open'>,
  group: readonly JobRow[],
  ofUpdate: readonly JobRow[],
): void {
  const known = new Set(group.map(({ id }) => id));
  const past = ofUpdate.filter(({ id }) => !known.has(id));
  const ended = (how: JobState) => past.filter(({ state }) => state === how).length;
  const paused = group.some(({ notBefore }) => notBefore === PAUSED_UNTIL);
  board.open(group, { done: ended('done'), failed: ended('failed'), paused });
}
