/**
 * A node that cannot renew its leases stops everything while they still hold: afterwards another
 * node may have its jobs, and both would send the same file.
 */

/** So long a claim holds without a heartbeat. */
export const LEASE_MS = 30_000;
/** So long before its leases run out a node that cannot renew them has stopped everything. */
const MARGIN_MS = 8_000;

export interface Fence {
  /** The leases were renewed by a request made then. */
  heldFrom(steadyMs: number): void;
  /** They may have run out. */
  lost(): boolean;
  close(): void;
}

/** For a node whose jobs nobody else takes. */
export const NO_FENCE: Fence = { heldFrom: () => {}, lost: () => false, close: () => {} };

/** @param steady time that only moves forward, ms */
export function createFence(steady: () => number, onLost: () => void): Fence {
  let until = 0;
  let timer: NodeJS.Timeout | undefined;
  const lost = () => steady() >= until;
  function heldFrom(steadyMs: number): void {
    clearTimeout(timer);
    until = Math.max(until, steadyMs + LEASE_MS - MARGIN_MS);
    timer = setTimeout(onLost, until - steady()).unref();
  }
  heldFrom(steady());
  return { heldFrom, lost, close: () => clearTimeout(timer) };
}
