/** The hand-over to the one node elsewhere: one signed `POST /jobs` per accepted update. */
import type { HandOver, JobRequest } from '../shared/wire.ts';
import { RETRY_AFTER_S } from './answer.ts';
import { type EdgeLog, silent } from './log.ts';
import { type Attempt, type SendRequest, signedJob, workerFetch } from './nodes/attempt.ts';

export interface ForwardOptions {
  /** Where the node is; `/jobs` is added to its path. */
  nodeUrl: string;
  /** `NODE_SECRET`: the first of its comma-separated keys signs. */
  secret: string;
  fetch?: SendRequest;
  now?: () => number;
  /** Telegram waits longer than this, so that the edge still answers in its own words. */
  timeoutMs?: number;
  log?: EdgeLog;
}

/**
 * The node answers 202 only after the job is stored durably, so anything else means: not taken.
 * It de-duplicates by update id; a hand-over whose answer was lost may simply be made again.
 */
export function httpHandOver(options: ForwardOptions): (r: JobRequest) => Promise<HandOver> {
  const { nodeUrl, timeoutMs = 6000 } = options;
  const parts = { fetch: workerFetch, now: Date.now, log: silent, ...options };
  return async (request) => {
    const attempt = await signedJob(request, parts);
    return handOverOf(await attempt(nodeUrl, 'the node', timeoutMs));
  };
}

export const unreachable: HandOver = {
  taken: 'no',
  reason: 'unreachable',
  retryAfter: RETRY_AFTER_S,
};

export function handOverOf(attempt: Attempt): HandOver {
  if (attempt.end === 'taken') return { taken: attempt.taken };
  if (attempt.end === 'unknown' || !attempt.full) return unreachable;
  return { taken: 'no', reason: 'full', retryAfter: attempt.retryAfter };
}
