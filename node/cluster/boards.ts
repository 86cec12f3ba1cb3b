/**
 * One status message, several nodes: whoever runs a job shows it, and the node that showed it
 * before lets go. A job that waits is shown by the node it came to.
 */
import type { Log } from '../log.ts';
import type { Board, Outcome } from '../status/board.ts';
import { takeOver } from '../status/take-over.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Cluster } from './cluster.ts';

/** Which node accepted a job. */
export interface Homes {
  of(jobId: number): Promise<string | undefined>;
  /** The queued jobs of this node. */
  waiting(nodeId: string): Promise<Set<number>>;
}

export interface SharedBoards {
  /** Before a flight: its status message is this node's. */
  flying(job: JobRow, mayFetch: boolean): Promise<void>;
  /** Before words about a job that may be shown elsewhere or nowhere. */
  claim(job: JobRow): Promise<void>;
  /** A job that waited was cancelled and its owner is owed that word. Never throws. */
  cancelled(job: JobRow): Promise<void>;
  /** The waiting jobs of an update are held, or go on. */
  pause(updateId: number, paused: boolean): Promise<void>;
}

export interface SharedBoardsParts {
  cluster: Pick<Cluster, 'shared' | 'nodeId' | 'publish' | 'on' | 'living'>;
  board: Board;
  store: Pick<Store, 'jobs'>;
  /** Absent where there is one node. */
  homes?: Homes | undefined;
  log: Log;
}

export function sharedBoards(parts: SharedBoardsParts): SharedBoards {
  const { cluster, board, store, homes, log } = parts;
  const failed = (err: unknown) => log.warn({ err }, 'a status message was not kept up');

  cluster.on('taken', ({ updateId }) => board.letGo(updateId));
  cluster.on('ended', ({ jobId, how }) => void ended(jobId, how).catch(failed));
  cluster.on('pause', ({ updateId, on }) => board.pause(updateId, on));
  cluster.on('dropped', ({ jobId }) => void dropped(jobId).catch(failed));

  async function ended(jobId: number, how: Outcome): Promise<void> {
    const job = await store.jobs.find(jobId);
    if (job && board.has(job.updateId)) await board.endedElsewhere(job, how);
  }

  async function dropped(jobId: number): Promise<void> {
    const job = await store.jobs.find(jobId);
    if (job && board.has(job.updateId)) await sayCancelled(job);
  }

  /** It is owed since the job's row said so. */
  async function sayCancelled(job: JobRow): Promise<void> {
    await board.cancelled(job);
    await store.jobs.said(job.id);
  }

  async function claim(job: JobRow): Promise<void> {
    if (!cluster.shared || board.has(job.updateId)) return;
    await takeOver({ store, board }, job);
    await cluster.publish({ kind: 'taken', updateId: job.updateId, jobId: job.id });
  }

  /** The living node that shows it; undefined when nobody does. */
  async function shownBy(job: JobRow): Promise<string | undefined> {
    const home = await homes?.of(job.id);
    return cluster.living().find(({ id, here }) => id === home && !here)?.id;
  }

  return {
    claim,
    async flying(job, mayFetch) {
      // What is served from the cache at once shows nothing.
      const shown = job.statusMessageId !== null || job.statusFloor !== null;
      if (mayFetch || shown) await claim(job);
    },
    async cancelled(job) {
      try {
        if (!board.has(job.updateId)) {
          if (cluster.shared && (await shownBy(job)))
            return await cluster.publish({ kind: 'dropped', jobId: job.id });
          await takeOver({ store, board }, job);
        }
        await sayCancelled(job);
      } catch (err) {
        log.warn({ job: job.id, err }, 'a cancelled job is told of later');
      }
    },
    async pause(updateId, paused) {
      board.pause(updateId, paused);
      await cluster.publish({ kind: 'pause', updateId, on: paused });
    },
  };
}
