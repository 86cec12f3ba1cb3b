/**
 * Why a running job is stopped; the first reason wins. `lost`: this node could not renew its
 * lease, or another has the job already; nothing of it is sent or said any more.
 */
export type StopReason = 'cancelled' | 'timed_out' | 'shutdown' | 'lost';

/** What the signal of a stopped run holds, and what the run then throws. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  constructor(readonly reason: StopReason) {
    super(reason);
  }
}
