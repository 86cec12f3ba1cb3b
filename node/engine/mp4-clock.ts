/**
 * When a fragment of MP4 begins (ISO 14496-12): its decode times count from the start of the stream,
 * in units the initialisation names. Only the few boxes on the way there are looked at.
 */
import type { Clock } from './ts-clock.ts';

/** Units in a second, by the number of the track. */
export type Timescales = ReadonlyMap<number, number>;

/** Undefined when this is no initialisation. */
export function timescalesOf(bytes: Uint8Array): Timescales | undefined {
  const scales = new Map<number, number>();
  for (const track of find(bytes, ['moov', 'trak'])) {
    const [tkhd] = find(track, ['tkhd']);
    const [mdhd] = find(track, ['mdia', 'mdhd']);
    // Both: version, flags, then two dates, longer ones in version 1.
    const id = tkhd && readNumber(tkhd, tkhd[0] === 1 ? 20 : 12, 4);
    const scale = mdhd && readNumber(mdhd, mdhd[0] === 1 ? 20 : 12, 4);
    if (id !== undefined && scale) scales.set(id, scale);
  }
  return scales.size > 0 ? scales : undefined;
}

/** Undefined when this is no fragment of a stream with these tracks. */
export function fragmentClock(bytes: Uint8Array, scales: Timescales): Clock | undefined {
  const clock = new Map<number, number>();
  for (const fragment of find(bytes, ['moof', 'traf'])) {
    const [tfhd] = find(fragment, ['tfhd']);
    const [tfdt] = find(fragment, ['tfdt']);
    const id = (tfhd && readNumber(tfhd, 4, 4)) ?? 0;
    const start = tfdt && readNumber(tfdt, 4, tfdt[0] === 1 ? 8 : 4);
    const scale = scales.get(id);
    if (start !== undefined && scale && !clock.has(id)) clock.set(id, start / scale);
  }
  return clock.size > 0 ? clock : undefined;
}

/** What is in each box at the end of a path of names. */
function find(bytes: Uint8Array, path: readonly string[]): Uint8Array[] {
  const [name, ...rest] = path;
  if (name === undefined) return [bytes];
  const found: Uint8Array[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = readNumber(bytes, at, 4) ?? 0;
    // 0 and 1 mean "to the end" and "a longer size": neither leads to one of these boxes.
    if (size < 8) break;
    const called = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (called === name) found.push(...find(bytes.subarray(at + 8, at + size), rest));
    at += size;
  }
  return found;
}

function readNumber(bytes: Uint8Array, at: number, length: 4 | 8): number | undefined {
  if (at + length > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
  return length === 4 ? view.getUint32(0) : Number(view.getBigUint64(0));
}
