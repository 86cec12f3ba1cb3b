/**
 * A section of a stream found by the clocks of its segments. Durations that are rounded, or one for
 * all, only guess at a place. So a guess is looked at, corrected by what its clock says, and both
 * ends must be proved by clocks.
 */
import type { Section } from './argv.ts';
import { type Clock, secondsBetween } from './ts-clock.ts';
import { within } from './within.ts';

/** Of a segment; its duration in seconds is not to be trusted. */
type Rough = { duration: number };

/** What the first bytes of a segment tell of its time; undefined when that cannot be read. */
export type ReadClock<T> = (segment: T) => Promise<Clock | undefined>;

/** Segments `from` up to, not including, `to`, and the seconds before the first of them. */
export interface Span {
  from: number;
  to: number;
  before: number;
}

/** Seconds from the start of the stream to a segment's; undefined when its clock cannot be read. */
type TimeOf = (at: number) => Promise<number | undefined>;

/** More looks than this cost more than they spare. */
const MOST_LOOKS = 8;

/** Undefined when the clocks do not tell: there are none, or they contradict the list. */
export async function spanByClock<T extends Rough>(
  segments: readonly T[],
  { start, end }: Section,
  readClock: ReadClock<T>,
): Promise<Span | undefined> {
  const timeOf = await times(segments, readClock);
  const first = await findStart(segments, start, timeOf);
  if (!first) return undefined;
  const to = end === undefined ? segments.length : await findEnd(segments, first, end, timeOf);
  return to === undefined ? undefined : { from: first.at, to, before: first.time };
}

interface Place {
  at: number;
  time: number;
}

/** The last segments that begin before `start`: at most two more than are needed. */
async function findStart(
  segments: readonly Rough[],
  start: number,
  timeOf: TimeOf,
): Promise<Place | undefined> {
  const last = segments.length - 1;
  // Rounded down to nothing, a step would be endless.
  const usual = Math.max(0.5, ...segments.map(({ duration }) => duration));
  let at = Math.max(0, last + 1 - Math.max(1, within(segments, { start }).what.length));
  for (;;) {
    const time = await timeOf(at);
    if (time === undefined) return undefined;
    const next = Math.min(last, Math.max(0, at + stepTo(start - time, usual)));
    if (next !== at) at = next;
    else return time <= start && start - time <= 2 * usual ? { at, time } : undefined;
  }
}

/** Segments to go from one that begins `ahead` seconds before the place; 0 when it is near enough. */
function stepTo(ahead: number, usual: number): number {
  if (ahead < 0) return -Math.ceil(-ahead / usual);
  return ahead > 2 * usual ? Math.max(1, Math.floor(ahead / usual) - 1) : 0;
}

/** The first segment that begins at `end` or later. */
async function findEnd(
  segments: readonly Rough[],
  first: Place,
  end: number,
  timeOf: TimeOf,
): Promise<number | undefined> {
  // What lies before tells how long a segment really is, better than its rounded number does.
  const usual = first.time / first.at || segments[first.at]?.duration || 1;
  let { at, time } = first;
  for (;;) {
    at += Math.max(1, Math.ceil((end - time) / usual));
    if (at >= segments.length) return segments.length;
    const real = await timeOf(at);
    if (real === undefined || real >= end) return real === undefined ? undefined : at;
    time = real;
  }
}

async function times<T>(segments: readonly T[], readClock: ReadClock<T>): Promise<TimeOf> {
  let looks = 0;
  const look = async (at: number): Promise<Clock | undefined> => {
    const segment = segments[at];
    looks += 1;
    return segment && looks <= MOST_LOOKS ? readClock(segment) : undefined;
  };
  const zero = await look(0);
  return async (at) => {
    const there = at === 0 ? zero : await look(at);
    return zero && there && secondsBetween(zero, there);
  };
}
