/** Tells pictures from the rest by their first bytes: names and types a site gives can be wrong. */
import { open } from 'node:fs/promises';

export type Picture = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif';

export async function sniffPicture(path: string): Promise<Picture | undefined> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(16);
    await file.read(head, 0, 16, 0);
    return pictureOf(head);
  } finally {
    await file.close();
  }
}

/** Packets of 188 bytes that each begin with 0x47 (ISO/IEC 13818-1, 2.4.3.2): what HLS serves. */
export async function isTransportStream(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(189);
    const { bytesRead } = await file.read(head, 0, 189, 0);
    return bytesRead === 189 && head[0] === 0x47 && head[188] === 0x47;
  } finally {
    await file.close();
  }
}

function pictureOf(head: Buffer): Picture | undefined {
  const text = head.toString('latin1');
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG')) return 'png';
  if (text.startsWith('GIF8')) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  return /^ftypavi[fs]/.test(text.slice(4)) ? 'avif' : undefined;
}
