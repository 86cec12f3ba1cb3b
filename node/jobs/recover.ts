/** What a start does about the jobs of an earlier process that died. */
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import { openGroup } from '../status/take-over.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

export interface RecoverParts {
  store: Store;
  board: Board;
  bootId: string;
  log: Log;
  now(): number;
  /** Of several nodes: the waiting jobs whose status messages are this node's; all without it. */
  mine?: (() => Promise<ReadonlySet<number>>) | undefined;
}

/** How many jobs of a process that died go on, were given up, or are asked about. */
export type Recovered = Record<'requeued' | 'dead' | 'uncertain', number>;

/**
 * Requeues, gives up or asks; answers how many. What has to be said about them
 * is owed from now on, see `unsaid.ts`: a start does not wait for Telegram.
 */
export async function recoverJobs(parts: RecoverParts): Promise<Recovered> {
  const { store, bootId, log, now } = parts;
  const { requeued, dead, uncertain } = await store.jobs.recover(bootId, now());
  await takeOverMessages(parts, await shownHere(parts));
  await takeAwayLeft(parts);
  const found = requeued.length + dead.length + uncertain.length;
  const counts = { requeued: requeued.length, dead: dead.length, uncertain: uncertain.length };
  if (found > 0) log.warn(counts, 'recovered after a crash');
  return counts;
}

async function shownHere({ store, mine }: RecoverParts): Promise<JobRow[]> {
  const waiting = await store.jobs.waiting();
  if (!mine) return [...waiting, ...(await store.jobs.unsaid())];
  const own = await mine();
  return waiting.filter(({ id }) => own.has(id));
}

/** Killed between the delivery and this: the progress would stand in the chat for ever. */
async function takeAwayLeft({ store, board, log }: RecoverParts): Promise<void> {
  for (const job of await store.jobs.leftMessages()) {
    const ofUpdate = await store.jobs.ofUpdate(job.updateId);
    board.open(ofUpdate);
    void Promise.all(ofUpdate.map((one) => board.delivered(one))).catch((err) =>
      log.warn({ job: job.id, err }, 'a left status message could not be taken away'),
    );
  }
}

/** Jobs of one update share a status message; it is found again by its id. */
async function takeOverMessages({ store, board }: RecoverParts, jobs: JobRow[]): Promise<void> {
  const groups = new Map<number, JobRow[]>();
  for (const job of jobs) groups.set(job.updateId, [...(groups.get(job.updateId) ?? []), job]);
  for (const [updateId, group] of groups) {
    openGroup(board, group, await store.jobs.ofUpdate(updateId));
  }
}
