/**
 * Reads the top level of an MP4 file: where the index is and whether the file is whole. ffprobe
 * tells neither: it reports the full duration of a file whose second half is missing.
 */
import { type FileHandle, open } from 'node:fs/promises';

export interface Mp4Layout {
  /** The index comes before the media, so that playing can start before all has arrived. */
  faststart: boolean;
  /** A MOV file: same structure, but not what Telegram's apps expect of a video. */
  quicktime: boolean;
  /** A box reaches past the end of the file, or there is no index. */
  truncated: boolean;
}

/** More than any real file has at its top level, fragments aside. */
const MAX_BOXES = 2000;

const CONTENT = new Set(['moov', 'mdat', 'moof']);

/** `undefined` when the file is no MP4 or MOV. */
export async function mp4Layout(path: string): Promise<Mp4Layout | undefined> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    return await scan(file, size);
  } finally {
    await file.close();
  }
}

async function scan(file: FileHandle, size: number): Promise<Mp4Layout | undefined> {
  const seen: string[] = [];
  let quicktime = false;
  let at = 0;
  while (at + 8 <= size && seen.length < MAX_BOXES) {
    const box = await readBox(file, at, size);
    if (seen.length === 0 && box.type !== 'ftyp') return undefined;
    if (seen.length === 0) quicktime = box.brand === 'qt  ';
    const cut = at + box.bytes > size;
    // Anything else that reaches too far is junk after the end, which players skip.
    if (cut && !CONTENT.has(box.type)) break;
    seen.push(box.type);
    if (cut) return { faststart: isFast(seen), quicktime, truncated: true };
    at += box.bytes;
  }
  if (seen.length === 0) return undefined;
  return { faststart: isFast(seen), quicktime, truncated: !seen.includes('moov') };
}

function isFast(seen: string[]): boolean {
  const moov = seen.indexOf('moov');
  const mdat = seen.indexOf('mdat');
  return moov >= 0 && (mdat < 0 || moov < mdat);
}

/** A size of 0 means "to the end", 1 that 64 bits follow (ISO/IEC 14496-12, 4.2). */
async function readBox(file: FileHandle, at: number, size: number) {
  const head = Buffer.alloc(16);
  await file.read(head, 0, 16, at);
  const type = head.toString('latin1', 4, 8);
  const brand = head.toString('latin1', 8, 12);
  const short = head.readUInt32BE(0);
  if (short === 0) return { type, brand, bytes: size - at };
  const bytes = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
  return { type, brand, bytes: Math.max(8, bytes) };
}
