/** What of a row of things with durations lies in a stretch of time. */
import type { Section } from './argv.ts';

export interface Stretch<T> {
  what: T;
  /** Seconds of the stream that lie before the first segment taken. */
  before: number;
}

/** Those that touch the section, and the seconds before the first of them. */
export function within<T extends { duration: number }>(
  all: readonly T[],
  part: Section,
): Stretch<T[]> {
  const { start, end = Number.POSITIVE_INFINITY } = part;
  const what: T[] = [];
  let [at, before] = [0, 0];
  for (const segment of all) {
    const next = at + segment.duration;
    if (next > start && at < end) {
      if (what.length === 0) before = at;
      what.push(segment);
    }
    at = next;
  }
  return { what, before };
}
