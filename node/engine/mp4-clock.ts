/**
 * When a fragment of MP4 begins (ISO 14496-12): its decode time counts from the start of the stream,
 * in units the initialisation names. Only the few boxes on the way there are looked at.
 */

/** Units in a second, of the first track; undefined when this is no initialisation. */
export function timescaleOf(bytes: Uint8Array): number | undefined {
  const mdhd = find(bytes, ['moov', 'trak', 'mdia', 'mdhd']);
  // Version, flags, then two dates: longer ones in version 1.
  return mdhd && readNumber(mdhd, mdhd[0] === 1 ? 20 : 12, 4);
}

/** Units since the start of the stream; undefined when this is no fragment. */
export function startOf(bytes: Uint8Array): number | undefined {
  const tfdt = find(bytes, ['moof', 'traf', 'tfdt']);
  return tfdt && readNumber(tfdt, 4, tfdt[0] === 1 ? 8 : 4);
}

/** What is in the first box at the end of a path of names. */
function find(bytes: Uint8Array, path: readonly string[]): Uint8Array | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return bytes;
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = readNumber(bytes, at, 4) ?? 0;
    // 0 and 1 mean "to the end" and "a longer size": neither leads to one of these boxes.
    if (size < 8) return undefined;
    const called = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (called === name) return find(bytes.subarray(at + 8, at + size), rest);
    at += size;
  }
  return undefined;
}

function readNumber(bytes: Uint8Array, at: number, length: 4 | 8): number | undefined {
  if (at + length > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
  return length === 4 ? view.getUint32(0) : Number(view.getBigUint64(0));
}
