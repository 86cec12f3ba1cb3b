/** Who posts a campaign's updates to the webhook and clocks the answers. */
import { processOf } from './crowd.ts';

export interface CallPlan {
  webhook: string;
  /** In the order of their moments, ms from the beginning. */
  updates: { update: number; atMs: number; body: string }[];
}

export interface Called {
  /** Updates that were answered 200, and when the call that was answered began. */
  taken: { update: number; at: number }[];
  /** ms of every call from its own connection to its answer, those answered 503 as well. */
  latencies: number[];
  /** ms each call waited before for one of Telegram's connections. */
  waits: number[];
  /** Calls that were not answered 200 and made again. */
  again: number;
}

/** Resolves once every update was taken, or given up after ten minutes of refusals. */
export async function callAll(plan: CallPlan): Promise<Called> {
  const { child, next, stop } = processOf('caller');
  try {
    child.send(plan);
    return await next();
  } finally {
    await stop();
  }
}
