/**
 * Multipart bodies with an exact Content-Length, streamed from disk.
 *
 * Own code because what exists either holds the whole file in memory (fetch with FormData: 1.17 GB
 * for a 1 GiB file) or sends it chunked, without a length (grammY's own).
 */
import { randomBytes } from 'node:crypto';
import type { ReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputFile } from 'grammy';

const CHUNK_BYTES = 256 * 1024;

/** A file on disk, to be given wherever grammY takes an `InputFile`. It can be sent again. */
export class LocalFile extends InputFile {
  /** @param path absolute · @param fileName what Telegram shows, e.g. `Title.mp4` */
  constructor(
    readonly path: string,
    fileName = basename(path),
  ) {
    super(path, fileName);
  }
}

export interface Multipart {
  contentType: string;
  contentLength: number;
  /** Yields the body; `beforeLast` runs before the closing boundary, the last chunk, is given out. */
  chunks(beforeLast: () => Promise<void>): AsyncGenerator<Uint8Array>;
}

interface Part {
  head: Buffer;
  file: Source;
}

type Source = { path: string; bytes: number } | { data: Uint8Array; bytes: number };

/** True when a payload holds a file that has to be uploaded. */
export function holdsFile(value: unknown): boolean {
  if (value instanceof InputFile) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsFile);
}

/**
 * A copy of a payload with every file replaced, e.g. by the name of its part. Payloads are the
 * caller's: a retry must find them as they were.
 */
export function replaceFiles(value: unknown, replace: (file: InputFile) => unknown): unknown {
  if (value instanceof InputFile) return replace(value);
  if (Array.isArray(value)) return value.map((one) => replaceFiles(one, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, replaceFiles(one, replace)]),
  );
}

/**
 * Builds the body for a payload with files. Sizes are read now; a file that changes its size
 * afterwards makes the request fail instead of sending a wrong length.
 */
export async function multipart(payload: object): Promise<Multipart> {
  const boundary = `----postchi${randomBytes(18).toString('hex')}`;
  const files: InputFile[] = [];
  const plain = replaceFiles(payload, (file) => `attach://f${files.push(file) - 1}`) as object;
  const fields = Buffer.from(
    Object.entries(plain)
      .map(([name, value]) => field(boundary, name, value))
      .join(''),
  );
  const parts = await Promise.all(files.map((file, at) => part(boundary, at, file)));
  const tail = Buffer.from(`--${boundary}--\r\n`);
  const contentLength = parts.reduce(
    (sum, { head, file }) => sum + head.length + file.bytes + 2,
    fields.length + tail.length,
  );
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength,
    async *chunks(beforeLast) {
      if (fields.length > 0) yield fields;
      for (const { head, file } of parts) {
        yield head;
        yield* bytesOf(file);
        yield CRLF;
      }
      await beforeLast();
      yield tail;
    },
  };
}

const CRLF = Buffer.from('\r\n');

function field(boundary: string, name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
}

async function part(boundary: string, at: number, file: InputFile): Promise<Part> {
  const name = (file.filename ?? `file${at}`).replace(/[\r\n"\\]/g, '_');
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="f${at}"; filename="${name}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  return { head, file: await source(file) };
}

async function source(file: InputFile): Promise<Source> {
  if (file instanceof LocalFile) return { path: file.path, bytes: (await stat(file.path)).size };
  const raw = await file.toRaw();
  if (raw instanceof Uint8Array) return { data: raw, bytes: raw.byteLength };
  (raw as Partial<ReadStream>).destroy?.();
  throw new TypeError('Upload a LocalFile or bytes: a stream has no known length');
}

async function* bytesOf(file: Source): AsyncGenerator<Uint8Array> {
  if ('data' in file) yield file.data;
  else yield* fileChunks(file.path, file.bytes);
}

/**
 * Reads into a few buffers in turn: a fresh one per chunk grows the process by 50 MB before the
 * garbage collector notices. A chunk is free again when the next is asked for, because undici waits
 * until the socket has taken it; the spare buffers are margin.
 */
async function* fileChunks(path: string, bytes: number): AsyncGenerator<Uint8Array> {
  const size = Math.min(CHUNK_BYTES, bytes);
  const ring = Array.from({ length: Math.min(4, Math.ceil(bytes / CHUNK_BYTES)) }, () =>
    Buffer.allocUnsafeSlow(size),
  );
  const file = await open(path);
  try {
    for (let turn = 0; ; turn++) {
      const buffer = ring[turn % ring.length];
      if (!buffer) return;
      const { bytesRead } = await file.read(buffer, 0, size);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
