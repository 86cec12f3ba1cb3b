/**
 * Time that only moves forward, ms: for pauses and paces. The wall clock is set by other people;
 * a jump of a day back would otherwise hold every message for a day.
 */
import { performance } from 'node:perf_hooks';

export const steadyNow = (): number => performance.timeOrigin + performance.now();

/** Below this the wall clock is only being slewed. */
const JUMP_MS = 2_000;

/** Answers by how many ms the wall clock jumped since it was asked last, 0 for hardly. */
export function clockJumps(wall: () => number, steady: () => number = steadyNow): () => number {
  let apart = wall() - steady();
  return () => {
    const now = wall() - steady();
    const jump = now - apart;
    if (Math.abs(jump) < JUMP_MS) return 0;
    apart = now;
    return jump;
  };
}
