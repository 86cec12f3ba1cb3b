/** An HLS media playlist (RFC 8216) as its segments, and any run of them as a playlist again. */

export interface Segment {
  /** Its own tags and, last, its address. */
  lines: string[];
  /** Seconds, as the playlist says. */
  duration: number;
  /** Tags for it and all that follow: key and initialisation. */
  standing: string[];
  /** Its place in the playlist, advertisements counted: the key's initialisation vector. */
  number: number;
  /** Times are continuous within a stretch; each break begins the next one. */
  stretch: number;
}

export interface HlsList {
  head: string[];
  segments: Segment[];
  /** Every duration is a whole number: half a second of error in each of them. */
  rounded: boolean;
  version: number;
  /** The number of the first segment. */
  sequence: number;
}

/** Times start anew after it. */
const BREAK = /^#EXT-X-DISCONTINUITY\s*$/;
/** Advertisements, which yt-dlp leaves out by the same marks; they stand between segments. */
const AD_BEGINS = /^#ANVATO-SEGMENT-INFO.*type=ad|^#UPLYNK-SEGMENT.*,ad$/;
const AD_ENDS = /^#ANVATO-SEGMENT-INFO.*type=master|^#UPLYNK-SEGMENT.*,segment$/;
const OF_SEGMENT = /^#(EXTINF|EXT-X-(BYTERANGE|PROGRAM-DATE-TIME|BITRATE|GAP|PART))\b/;

/** Undefined for what is live, no playlist, or names anything but web addresses. */
export function readHls(text: string, base: string): HlsList | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (!lines.includes('#EXT-X-ENDLIST')) return undefined;
  const version = Number(/^#EXT-X-VERSION:(\d+)/m.exec(text)?.[1] ?? 1);
  const { head, segments } = read(lines, base);
  // Other schemes go the way of the whole, where each of them is refused.
  if (!segments.every((one) => /^https?:/.test(addressOf(one)))) return undefined;
  const sequence = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1] ?? 0);
  const rounded = version < 3 || !/^#EXTINF:\d+\.\d/m.test(text);
  return { head, segments, version, sequence, rounded };
}

export const addressOf = ({ lines }: Segment): string => lines.at(-1) ?? '';

/** The playlist of the segments from `from` up to, not including, `to`. */
export function sliceHls({ head, segments }: HlsList, from: number, to: number): string {
  const taken = segments.slice(from, to);
  const skipped = taken[0]?.number ?? 0;
  const body = taken.flatMap((segment, at) => [
    ...(at === 0 ? segment.standing : changed(segment, taken[at - 1])),
    ...segment.lines,
  ]);
  const lines = [...head.map((line) => renumbered(line, skipped)), ...body, '#EXT-X-ENDLIST', ''];
  return lines.join('\n');
}

interface Reading {
  head: string[];
  segments: Segment[];
  standing: string[];
  own: string[];
  rangeEnd: number;
  number: number;
  stretch: number;
  ad: boolean;
}

function read(lines: readonly string[], base: string): Pick<HlsList, 'head' | 'segments'> {
  const state: Reading = {
    ...{ head: [], segments: [], standing: [], own: [] },
    ...{ rangeEnd: 0, number: 0, stretch: 0, ad: false },
  };
  for (const line of lines) {
    if (line === '' || line === '#EXT-X-ENDLIST') continue;
    if (line.startsWith('#')) readTag(state, line, base);
    else readAddress(state, new URL(line, base).href);
  }
  return state;
}

function readTag(state: Reading, line: string, base: string): void {
  if (/^#EXT-X-(KEY|MAP)\b/.test(line)) {
    const name = line.slice(0, line.indexOf(':'));
    const others = state.standing.filter((one) => !one.startsWith(name));
    state.standing = [...others, absoluteUri(line, base)];
  } else if (line.startsWith('#EXT-X-BYTERANGE:')) {
    const { tag, end } = fullRange(line, state.rangeEnd);
    state.rangeEnd = end;
    state.own.push(tag);
  } else if (OF_SEGMENT.test(line)) state.own.push(line);
  else if (BREAK.test(line)) state.stretch += state.segments.length > 0 ? 1 : 0;
  else if (AD_BEGINS.test(line)) state.ad = true;
  else if (AD_ENDS.test(line)) endAd(state);
  else if (state.number === 0 && state.own.length === 0) state.head.push(line);
}

/** What is shown after an advertisement need not go on where it stopped. */
function endAd(state: Reading): void {
  if (state.ad && state.segments.length > 0) state.stretch += 1;
  state.ad = false;
}

function readAddress(state: Reading, address: string): void {
  const { own, standing, number, stretch } = state;
  const duration = Number(/^#EXTINF:([\d.]+)/m.exec(own.join('\n'))?.[1] ?? 0);
  if (!state.ad)
    state.segments.push({ lines: [...own, address], duration, standing, number, stretch });
  state.own = [];
  state.number += 1;
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
