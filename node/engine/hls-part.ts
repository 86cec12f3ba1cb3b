/** The segments of an HLS media playlist (RFC 8216) that hold a stretch of its time. */
import type { Section } from './argv.ts';

export interface Stretch<T> {
  what: T;
  /** Seconds of the stream that lie before the first segment taken. */
  before: number;
}

/** Times start anew after it, so seconds counted from the start no longer tell a place. */
const UNCOUNTABLE = /^#EXT-X-DISCONTINUITY\b/;
/** Advertisements yt-dlp leaves out by marks that stand between segments. */
const ADVERTISED = /^#(ANVATO-SEGMENT-INFO|UPLYNK-SEGMENT)/;
const OF_SEGMENT = /^#(EXTINF|EXT-X-(BYTERANGE|PROGRAM-DATE-TIME|BITRATE|GAP|PART))\b/;

interface Segment {
  /** Its own tags and, last, its address. */
  lines: string[];
  /** Seconds. */
  duration: number;
  /** Tags for it and all that follow: key and initialisation. */
  standing: string[];
}

/**
 * The playlist with only the segments of the section, addresses made absolute by `base`.
 * Undefined when seconds cannot be told from it: it is live, breaks off, or rounds to whole seconds.
 */
export function hlsPart(text: string, base: string, part: Section): Stretch<string> | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const version = Number(/^#EXT-X-VERSION:(\d+)/m.exec(text)?.[1] ?? 1);
  // Before version 3 durations were whole seconds: half a second of error in every segment.
  if (version < 3 || !lines.includes('#EXT-X-ENDLIST')) return undefined;
  if (lines.some((line) => UNCOUNTABLE.test(line) || ADVERTISED.test(line))) return undefined;
  const { head, segments } = read(lines, base);
  // Other schemes go the way of the whole, where each of them is refused.
  if (!segments.every(({ lines: own }) => /^https?:/.test(own.at(-1) ?? ''))) return undefined;
  const taken = within(segments, part);
  const [first] = taken.what;
  if (!first) return undefined;
  const skipped = segments.indexOf(first);
  const body = taken.what.flatMap((segment, at) => [
    ...(at === 0 ? segment.standing : changed(segment, taken.what[at - 1])),
    ...segment.lines,
  ]);
  const what = [...head.map((line) => renumbered(line, skipped)), ...body, '#EXT-X-ENDLIST', ''];
  return { what: what.join('\n'), before: taken.before };
}

function read(lines: readonly string[], base: string) {
  const head: string[] = [];
  const segments: Segment[] = [];
  let standing: string[] = [];
  let own: string[] = [];
  let rangeEnd = 0;
  for (const line of lines) {
    if (line === '' || line === '#EXT-X-ENDLIST') continue;
    if (/^#EXT-X-(KEY|MAP)\b/.test(line)) {
      const name = line.slice(0, line.indexOf(':'));
      standing = [...standing.filter((one) => !one.startsWith(name)), absoluteUri(line, base)];
    } else if (line.startsWith('#EXT-X-BYTERANGE:')) {
      const { tag, end } = fullRange(line, rangeEnd);
      rangeEnd = end;
      own.push(tag);
    } else if (OF_SEGMENT.test(line)) own.push(line);
    else if (line.startsWith('#')) {
      if (segments.length === 0 && own.length === 0) head.push(line);
    } else {
      const duration = Number(/^#EXTINF:([\d.]+)/m.exec(own.join('\n'))?.[1] ?? 0);
      segments.push({ lines: [...own, new URL(line, base).href], duration, standing });
      own = [];
    }
  }
  return { head, segments };
}

/** A range without a start follows the one before, which may not be taken. */
function fullRange(line: string, rangeEnd: number): { tag: string; end: number } {
  const [length = 0, start = rangeEnd] = line
    .slice('#EXT-X-BYTERANGE:'.length)
    .split('@')
    .map(Number);
  return { tag: `#EXT-X-BYTERANGE:${length}@${start}`, end: start + length };
}

const absoluteUri = (line: string, base: string) =>
  line.replace(/URI="([^"]*)"/, (_, uri: string) => `URI="${new URL(uri, base).href}"`);

const changed = (segment: Segment, before: Segment | undefined): string[] =>
  segment.standing.filter((tag) => !before?.standing.includes(tag));

/** A segment's number is its key's initialisation vector where none is named. */
const renumbered = (line: string, skipped: number) => {
  const [, number] = /^#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(line) ?? [];
  return number === undefined ? line : `#EXT-X-MEDIA-SEQUENCE:${Number(number) + skipped}`;
};

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
