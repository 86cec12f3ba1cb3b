/** Which entries of a list a person means: `3-12, 15`, `۳ تا ۱۲`, `1 5 9`. */
import { asciiDigits } from './digits.ts';

const DASH = /\s*(?:-|\u2010|\u2011|\u2012|–|—|−|→|تا|الی|to|until|through)\s*/iu;
const SEPARATOR = /[\s,،;؛و+&]+|\band\b/u;
const MARKS = /[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069«»"'()[\]]/gu;
const LEAD = /^\s*(?:from|items?|videos?|از|مورد|ویدیو(?:های)?)\s+/iu;

/** Longer numbers are a phone number or a year gone wrong, not a place in a list. */
const NUMBER = /^\d{1,4}$/;

/**
 * Places in a list, from 1, in the order written, each once; undefined when the text is no such
 * thing, names a place outside 1–`total` or picks more than `max`.
 */
export function parseRange(text: string, { total, max }: { total: number; max: number }) {
  const plain = asciiDigits(text).replace(MARKS, ' ').replace(LEAD, '').trim();
  const joined = plain.replace(new RegExp(DASH.source, 'giu'), '-');
  const parts = joined.split(SEPARATOR).filter(Boolean);
  const places = new Set<number>();
  for (const part of parts) {
    const span = spanOf(part);
    if (!span || span.first < 1 || span.last > total || span.last < span.first) return undefined;
    for (let place = span.first; place <= span.last; place++) places.add(place);
    if (places.size > max) return undefined;
  }
  return places.size > 0 ? [...places] : undefined;
}

function spanOf(part: string): { first: number; last: number } | undefined {
  const ends = part.split('-');
  const [first = '', last = first] = ends;
  if (ends.length > 2 || !NUMBER.test(first) || !NUMBER.test(last)) return undefined;
  return { first: Number(first), last: Number(last) };
}
