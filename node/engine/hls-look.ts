/** The first bytes of HLS segments in the clear, and the times in them. */
import { createDecipheriv } from 'node:crypto';
import { addressOf, type HlsList, type Segment } from './hls-list.ts';
import { segmentClock } from './segment-clock.ts';
import type { Clock } from './ts-clock.ts';

/** The bytes of a file on the web from a place on; undefined when they cannot be read. */
export type ReadBytes = (address: string, from?: number) => Promise<Uint8Array | undefined>;

export interface HlsLook {
  /** Decrypted where the playlist names a key for it. */
  bytes(segment: Segment): Promise<Uint8Array | undefined>;
  clock(segment: Segment): Promise<Clock | undefined>;
}

/** Keys and initialisations are read once, however many segments stand under them. */
export function hlsLook({ sequence }: Pick<HlsList, 'sequence'>, read: ReadBytes): HlsLook {
  const once = remembered(read);

  async function bytes(segment: Segment): Promise<Uint8Array | undefined> {
    const found = await read(addressOf(segment), placeOf(ownTag(segment, '#EXT-X-BYTERANGE:')));
    return found && inTheClear(found, keyTag(segment), numbered(sequence + segment.number));
  }

  async function headOf(segment: Segment): Promise<Uint8Array | undefined> {
    const map = segment.standing.find((tag) => tag.startsWith('#EXT-X-MAP'));
    const address = map && attribute(map, 'URI');
    if (!address) return undefined;
    const found = await once(address, placeOf(attribute(map, 'BYTERANGE')));
    // A key counts for what follows it.
    const key = keyTag(segment);
    const isUnder =
      key !== undefined && segment.standing.indexOf(key) < segment.standing.indexOf(map);
    return found && isUnder ? inTheClear(found, key) : found;
  }

  async function clock(segment: Segment): Promise<Clock | undefined> {
    const found = await bytes(segment);
    return found && segmentClock(found, await headOf(segment));
  }

  /** Undefined for a way of encryption that yt-dlp leaves alone as well. */
  async function inTheClear(found: Uint8Array, tag: string | undefined, usual?: Uint8Array) {
    const method = tag && attribute(tag, 'METHOD');
    if (!tag || method === 'NONE') return found;
    const named = attribute(tag, 'IV');
    const vector = named ? Buffer.from(named.slice(2).padStart(32, '0'), 'hex') : usual;
    const key = method === 'AES-128' ? await once(attribute(tag, 'URI') ?? '') : undefined;
    return key?.length === BLOCK && vector?.length === BLOCK
      ? deciphered(found, key, vector)
      : undefined;
  }

  return { bytes, clock };
}

const BLOCK = 16;

/** As many whole blocks as were read: each needs only the one before it. */
function deciphered(bytes: Uint8Array, key: Uint8Array, vector: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-128-cbc', key, vector).setAutoPadding(false);
  return decipher.update(bytes.subarray(0, bytes.length - (bytes.length % BLOCK)));
}

const keyTag = ({ standing }: Segment) => standing.find((tag) => tag.startsWith('#EXT-X-KEY'));

const ownTag = ({ lines }: Segment, name: string) =>
  lines.find((line) => line.startsWith(name))?.slice(name.length);

/** Of `length@from`, where it starts. */
const placeOf = (range = '') => Number(range.split('@')[1] ?? 0);

/** A segment's number as an initialisation vector (RFC 8216, 5.2). */
function numbered(sequence: number): Uint8Array {
  const vector = Buffer.alloc(BLOCK);
  vector.writeBigUInt64BE(BigInt(sequence), 8);
  return vector;
}

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`[:,]${name}=(?:"([^"]*)"|([^,]*))`).exec(tag);
  return found?.[1] ?? found?.[2];
};

/** Only web addresses are read, whatever a playlist names as its key. */
function remembered(read: ReadBytes): ReadBytes {
  const known = new Map<string, Promise<Uint8Array | undefined>>();
  return (address, from) => {
    const place = `${from} ${address}`;
    const found =
      known.get(place) ?? (isWeb(address) ? read(address, from) : Promise.resolve(undefined));
    known.set(place, found);
    return found;
  };
}

const isWeb = (address: string) => /^https?:/.test(address);
