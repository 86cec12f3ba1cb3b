/**
 * A reading for many who ask: made at most every so often, and nobody waits for it while the last
 * one will do. Edges and load balancers ask each node every few seconds, most of all when the
 * database has no time to spare.
 */
import { steadyNow } from '../clock.ts';

export interface RememberedParts<T> {
  read(): Promise<T>;
  /** ms a reading is simply answered; after that the next one is made behind the answer. */
  freshMs: number;
  /** ms after which the reading says nothing any more, and a new one is waited for. */
  staleMs: number;
  now?: () => number;
}

/** Rejects with the reading's error when the last reading failed or is too old. */
export function remembered<T>(parts: RememberedParts<T>): () => Promise<T> {
  const { read, freshMs, staleMs, now = steadyNow } = parts;
  let last: { value: T; at: number } | undefined;
  let reading: Promise<T> | undefined;

  async function readAnew(): Promise<T> {
    const at = now();
    try {
      const value = await read();
      last = { value, at };
      return value;
    } catch (error) {
      // The next who asks hears of it.
      last = undefined;
      throw error;
    } finally {
      reading = undefined;
    }
  }

  return async () => {
    const age = last === undefined ? Number.POSITIVE_INFINITY : now() - last.at;
    if (last && age < freshMs) return last.value;
    reading ??= readAnew();
    if (!last || age >= staleMs) return reading;
    reading.catch(() => {
      // Told to the next who asks.
    });
    return last.value;
  };
}
