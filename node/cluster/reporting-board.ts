/**
 * Jobs of one update share a status message, and it may go to another node while some of them
 * still run here: that node has to hear how they end, or it would count them as open for ever.
 */
import { LRUCache } from 'lru-cache';
import type { Board, Outcome } from '../status/board.ts';
import type { JobRow } from '../store/schema.ts';
import type { Cluster } from './cluster.ts';

/** Updates whose message went elsewhere; those that matter are the last ones. */
const REMEMBERED = 1000;

export function reportingBoard(board: Board, cluster: Pick<Cluster, 'shared' | 'publish'>): Board {
  if (!cluster.shared) return board;
  const elsewhere = new LRUCache<number, true>({ max: REMEMBERED });
  const report = async (job: JobRow, how: Outcome) => {
    if (board.has(job.updateId) || !elsewhere.has(job.updateId)) return;
    await cluster.publish({ kind: 'ended', jobId: job.id, how });
  };
  return {
    ...board,
    letGo(updateId) {
      if (board.has(updateId)) elsewhere.set(updateId, true);
      board.letGo(updateId);
    },
    async delivered(job) {
      await report(job, 'done');
      await board.delivered(job);
    },
    async ended(job, words, keyboard) {
      await report(job, 'failed');
      await board.ended(job, words, keyboard);
    },
    async cancelled(job) {
      await report(job, 'cancelled');
      await board.cancelled(job);
    },
  };
}
