/**
 * The first presentation times of an MPEG-TS segment (ISO 13818-1), read from its first bytes: one
 * look at a place in a stream, without a process and without anything that follows addresses.
 */

/** Seconds by the number of the elementary stream. */
export type Clock = ReadonlyMap<number, number>;

const PACKET = 188;
const SYNC = 0x47;
const HZ = 90_000;
/** The clock has 33 bits and starts anew after 26.5 hours. */
const TURN = 2 ** 33 / HZ;

/** Undefined when these are no packets of MPEG-TS (encrypted, packed audio, MP4) or tell no time. */
export function clockOf(bytes: Uint8Array): Clock | undefined {
  const clock = new Map<number, number>();
  for (let at = 0; at + PACKET <= bytes.length; at += PACKET) {
    const packet = bytes.subarray(at, at + PACKET);
    if (packet[0] !== SYNC) return undefined;
    const stream = ((byte(packet, 1) & 0x1f) << 8) | byte(packet, 2);
    const time = clock.has(stream) ? undefined : timeOf(packet);
    if (time !== undefined) clock.set(stream, time);
  }
  return clock.size > 0 ? clock : undefined;
}

/** Seconds from one to the other, by the streams both tell; undefined where they share none. */
export function secondsBetween(from: Clock, to: Clock): number | undefined {
  const shared = [...from.keys()].filter((stream) => to.has(stream));
  if (shared.length === 0) return undefined;
  const first = (clock: Clock) => Math.min(...shared.map((stream) => clock.get(stream) ?? 0));
  const seconds = first(to) - first(from);
  return seconds < -TURN / 2 ? seconds + TURN : seconds;
}

const byte = (bytes: Uint8Array, at: number) => bytes[at] ?? 0;

/** Of a packet with which a piece of picture or sound begins. */
function timeOf(packet: Uint8Array): number | undefined {
  const begins = (byte(packet, 1) & 0x40) !== 0;
  const adaptation = (byte(packet, 3) >> 4) & 3;
  if (!begins || (adaptation & 1) === 0) return undefined;
  const pes = packet.subarray(4 + (adaptation & 2 ? 1 + byte(packet, 4) : 0));
  const isMedia = byte(pes, 3) >= 0xc0 && byte(pes, 3) <= 0xef;
  const prefixed = byte(pes, 0) === 0 && byte(pes, 1) === 0 && byte(pes, 2) === 1;
  if (!prefixed || !isMedia || (byte(pes, 7) & 0x80) === 0) return undefined;
  const [a, b, c, d, e] = [9, 10, 11, 12, 13].map((at) => byte(pes, at)) as [
    ...[number, number, number, number, number],
  ];
  const ticks = (a & 0x0e) * 2 ** 29 + (b << 22) + ((c & 0xfe) << 14) + (d << 7) + (e >> 1);
  return ticks / HZ;
}
