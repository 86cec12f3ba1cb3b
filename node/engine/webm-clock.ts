/**
 * When a piece of WebM begins (RFC 9559): its first cluster tells a time in units that the stream's
 * beginning names. Elements on the way there are walked, everything else is stepped over.
 */

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const EBML = 0x1a45dfa3;

/** Nanoseconds, where the stream names no other unit. */
const USUAL_SCALE = 1_000_000;

/** Seconds in a unit; undefined when this is no beginning of a WebM. */
export function unitOf(bytes: Uint8Array): number | undefined {
  if (elementAt(bytes, 0)?.id !== EBML) return undefined;
  return (numberIn(bytes, TIMESTAMP_SCALE) ?? USUAL_SCALE) / 1e9;
}

/** Units from the start of the stream to the first cluster; undefined when there is none. */
export const clusterTime = (bytes: Uint8Array): number | undefined => numberIn(bytes, TIMESTAMP);

interface Element {
  id: number;
  /** Where its content begins, and its length in bytes. */
  from: number;
  length: number;
}

/** The first element of this kind: a number. */
function numberIn(bytes: Uint8Array, wanted: number): number | undefined {
  for (let at = 0; ; ) {
    const element = elementAt(bytes, at);
    if (!element) return undefined;
    const { id, from, length } = element;
    if (id === wanted) return from + length <= bytes.length ? uint(bytes, from, length) : undefined;
    at = id === SEGMENT || id === INFO || id === CLUSTER ? from : from + length;
  }
}

function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const idLength = lengthOf(bytes, at, 4);
  const sizeLength = idLength && lengthOf(bytes, at + idLength, 8);
  if (!idLength || !sizeLength) return undefined;
  const size = uint(bytes, at + idLength, sizeLength) - 2 ** (7 * sizeLength);
  return { id: uint(bytes, at, idLength), from: at + idLength + sizeLength, length: size };
}

/** Of a number whose first byte tells by its zeros how many follow; at most `most` bytes. */
function lengthOf(bytes: Uint8Array, at: number, most: number): number | undefined {
  const length = Math.clz32(bytes[at] ?? 0) - 23;
  return length <= most && at + length <= bytes.length ? length : undefined;
}

function uint(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (const byte of bytes.subarray(at, at + length)) value = value * 256 + byte;
  return value;
}
