/** The segments of an HLS playlist that hold a stretch of its time. */
import type { Section } from './argv.ts';
import { type HlsList, type Segment, sliceHls } from './hls-list.ts';
import { type ReadClock, type Span, spanByClock } from './span-by-clock.ts';
import { type Stretch, within } from './within.ts';

/**
 * The playlist with only the segments of the section: one for each stretch that the section has a
 * part of, because ffmpeg joins what it is given by its times and they start anew behind a break.
 * Undefined when their place in time cannot be told: durations are rounded, and either the segments
 * carry no clock, or a break lies somewhere, behind which it is not known how long the stretch
 * before it was.
 */
export async function hlsParts(
  list: HlsList,
  part: Section,
  readClock: ReadClock<Segment>,
): Promise<Part[] | undefined> {
  const told =
    list.rounded && isOneStretch(list.segments)
      ? await spanByClock(list.segments, part, readClock)
      : undefined;
  // Since version 3 a duration without a point is meant as it stands; before, it was rounded.
  const span = told ?? (list.version < 3 ? undefined : spanByDuration(list.segments, part));
  const stretches = span && stretchesOf(list, span);
  return stretches?.filter(({ before, seconds }) => isWorth(part, before, before + seconds));
}

/** Less than a frame of a stretch comes of sums that do not come out even. */
const isWorth = ({ start, end = Number.POSITIVE_INFINITY }: Section, from: number, to: number) =>
  Math.min(end, to) - Math.max(start, from) > SLIVER_S;
const SLIVER_S = 0.015;

/** A part of a playlist, and the seconds it says it lasts. */
type Part = Stretch<string> & { seconds: number };

/** The whole of a playlist without breaks. */
export const allOf = (list: HlsList): Part[] | undefined =>
  isOneStretch(list.segments)
    ? stretchesOf(list, { from: 0, to: list.segments.length, before: 0 })
    : undefined;

function stretchesOf(list: HlsList, { from, to, before }: Span): Part[] {
  const parts: Part[] = [];
  let time = before;
  for (let at = from; at < to; ) {
    const end = endOfStretch(list.segments, at, to);
    const seconds = list.segments.slice(at, end).reduce((sum, one) => sum + one.duration, 0);
    parts.push({ what: sliceHls(list, at, end), before: time, seconds });
    time += seconds;
    at = end;
  }
  return parts;
}

function endOfStretch(segments: readonly Segment[], from: number, to: number): number {
  let end = from;
  while (end < to && segments[end]?.stretch === segments[from]?.stretch) end += 1;
  return end;
}

const isOneStretch = (segments: readonly Segment[]) =>
  segments.every(({ stretch }) => stretch === segments[0]?.stretch);

function spanByDuration(segments: readonly Segment[], part: Section): Span | undefined {
  const { what, before } = within(segments, part);
  const [first] = what;
  if (!first) return undefined;
  const from = segments.indexOf(first);
  return { from, to: from + what.length, before };
}
