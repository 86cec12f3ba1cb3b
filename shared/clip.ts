/** A part of a video as people write it: `1:20-2:45`, `80-165`, `از ۱:۲۰ تا ۲:۴۵`, `1:20-`. */
import { asciiDigits } from './digits.ts';
import type { Clip } from './wire.ts';

/** Spaces, joiners and direction marks: they carry no meaning between the pieces. */
const GAP = '[\\s\\u200b-\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069]*';
const TIME = '(\\d{1,3}(?::\\d{2}){1,2}(?:\\.\\d{1,3})?|\\d{1,6}(?:\\.\\d{1,3})?)';
const DASH = '(?:-|\\u2010|\\u2011|\\u2012|–|—|−|~|→|تا|الی|to|until)';
const LEAD = '(?:(?:clip|cut|from|برش|بخش|از|بازه)\\s+)*';
const RANGE = new RegExp(`^${GAP}[(\\[«:،,|]?${GAP}${LEAD}${TIME}${GAP}${DASH}${GAP}${TIME}?`, 'i');
const FROM = new RegExp(`^${GAP}(?:from|از)\\s+${TIME}${GAP}(?:به بعد|on)?`, 'i');

const seconds = (time: string): number =>
  time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

/** Nothing may be glued to the range; bare seconds must end their line (`2024-2025 final`). */
function endsWell(match: RegExpExecArray, rest: string): boolean {
  if (match[0].includes(':')) return !/^[\p{L}\p{N}:]/u.test(rest);
  return /^[\s)\]».،,!؛;\u200b-\u200f]*$/.test(rest);
}

/**
 * The clip a line starts with, in seconds; undefined when it starts with anything else. A range
 * that runs backwards comes back as written: refusing it in words is better than ignoring it.
 */
export const leadingClip = (line: string): Clip | undefined => clipAndRest(line)?.clip;

/** The same, and what the line holds behind it. */
export function clipAndRest(line: string): { clip: Clip; rest: string } | undefined {
  const text = asciiDigits(line);
  for (const pattern of [RANGE, FROM]) {
    const match = pattern.exec(text);
    const start = match?.[1];
    if (!match || start === undefined || !endsWell(match, text.slice(match[0].length))) continue;
    const end = match[2];
    const clip = { start: seconds(start), ...(end !== undefined && { end: seconds(end) }) };
    // The digits were exchanged one for one, so places in the line are the same.
    return { clip, rest: line.slice(match[0].length) };
  }
  return undefined;
}

/** Nothing lies between the two, or less than nothing. */
export const isBackwards = ({ start, end }: Clip): boolean => end !== undefined && end <= start;
