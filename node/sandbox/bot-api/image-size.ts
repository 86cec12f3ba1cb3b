/** Width and height of a JPEG or PNG from its first bytes; Telegram refuses a photo without. */
import { open } from 'node:fs/promises';

export interface ImageSize {
  type: 'jpeg' | 'png' | 'webp';
  /** 0 when the head did not tell. */
  width: number;
  height: number;
}

const HEAD_BYTES = 256 * 1024;

/** Undefined when the file is no JPEG, PNG or WebP. */
export async function imageSize(path: string): Promise<ImageSize | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return sizeOf(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

function sizeOf(head: Buffer): ImageSize | undefined {
  if (head.length >= 24 && head.readUInt32BE(0) === 0x89504e47) {
    return { type: 'png', width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
  }
  if (head.subarray(0, 4).toString('latin1') === 'RIFF')
    return { type: 'webp', width: 0, height: 0 };
  if (head.length > 4 && head.readUInt16BE(0) === 0xffd8) return jpegSize(head);
  return undefined;
}

/** Walks the JPEG segments to the frame header (SOF0–SOF15 but DHT, JPG and DAC). */
function jpegSize(head: Buffer): ImageSize {
  for (let at = 2; at + 9 <= head.length; ) {
    const marker = head[at + 1] ?? 0;
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) {
      return { type: 'jpeg', width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    }
    at += 2 + head.readUInt16BE(at + 2);
  }
  return { type: 'jpeg', width: 0, height: 0 };
}
