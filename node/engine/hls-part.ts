/** The segments of an HLS playlist that hold a stretch of its time. */
import type { Section } from './argv.ts';
import { type HlsList, type Segment, sliceHls } from './hls-list.ts';
import { type ReadClock, type Span, spanByClock } from './span-by-clock.ts';
import { type Stretch, within } from './within.ts';

/**
 * The playlist with only the segments of the section. Undefined when their place in time cannot be
 * told: durations are rounded and the segments carry no clock, or the section lies across a break.
 */
export async function hlsPart(
  list: HlsList,
  part: Section,
  readClock: ReadClock<Segment>,
): Promise<Stretch<string> | undefined> {
  const told =
    list.rounded && isOneStretch(list.segments)
      ? await spanByClock(list.segments, part, readClock)
      : undefined;
  // Since version 3 a duration without a point is meant as it stands; before, it was rounded.
  const span = told ?? (list.version < 3 ? undefined : spanByDuration(list.segments, part));
  if (!span || !isOneStretch(list.segments.slice(span.from, span.to))) return undefined;
  return { what: sliceHls(list, span.from, span.to), before: span.before };
}

/** ffmpeg joins what it is given by its times, and they start anew behind a break. */
const isOneStretch = (taken: readonly Segment[]) =>
  taken.length > 0 && taken.every(({ stretch }) => stretch === taken[0]?.stretch);

function spanByDuration(segments: readonly Segment[], part: Section): Span | undefined {
  const { what, before } = within(segments, part);
  const [first] = what;
  if (!first) return undefined;
  const from = segments.indexOf(first);
  return { from, to: from + what.length, before };
}
