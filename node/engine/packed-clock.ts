/**
 * When a segment of packed audio begins (RFC 8216, 3.4): sound without a container, with the time in
 * an ID3 tag in front of it.
 */
import type { Clock } from './ts-clock.ts';

const OWNER = Buffer.from('com.apple.streaming.transportStreamTimestamp\0', 'latin1');
const HZ = 90_000;
const BITS = 2n ** 33n;

/** Sound without a container: an ID3 tag, or at once a frame of AAC, MP3 or AC-3. */
export const isPacked = (bytes: Uint8Array): boolean =>
  hasTag(bytes) ||
  (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0) ||
  (bytes[0] === 0x0b && bytes[1] === 0x77);

/** Undefined when it carries no such tag. */
export function packedClock(bytes: Uint8Array): Clock | undefined {
  if (!hasTag(bytes)) return undefined;
  const tag = Buffer.from(bytes.subarray(0, 10 + sizeOf(bytes)));
  const owner = tag.indexOf(OWNER);
  const at = owner + OWNER.length;
  if (owner === -1 || at + 8 > tag.length) return undefined;
  return new Map([[0, Number(tag.readBigUInt64BE(at) % BITS) / HZ]]);
}

const hasTag = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 3)) === 'ID3';

/** Of the tag behind its ten bytes of head: four times seven bits. */
const sizeOf = (bytes: Uint8Array) =>
  bytes.subarray(6, 10).reduce((size, byte) => size * 128 + (byte & 0x7f), 0);
