/** Sends a file from disk with HTTP ranges, which players need to seek. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

interface Range {
  start: number;
  /** Inclusive. */
  end: number;
}

/** @param range the request's Range header; one range of bytes is understood */
export async function sendFile(
  path: string,
  range: string | undefined,
  headers: Record<string, string>,
): Promise<Response> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return new Response('Not Found', { status: 404 });
  const asked = range === undefined ? undefined : rangeOf(range, found.size);
  if (asked === 'unsatisfiable') {
    return new Response(null, {
      status: 416,
      headers: { 'content-range': `bytes */${found.size}` },
    });
  }
  const { start, end } = asked ?? { start: 0, end: found.size - 1 };
  const all = { 'accept-ranges': 'bytes', 'content-length': String(end - start + 1), ...headers };
  if (!asked) return new Response(streamOf(path, { start, end }), { headers: all });
  const part = { ...all, 'content-range': `bytes ${start}-${end}/${found.size}` };
  return new Response(streamOf(path, asked), { status: 206, headers: part });
}

function streamOf(path: string, { start, end }: Range): ReadableStream | null {
  if (end < start) return null;
  return Readable.toWeb(createReadStream(path, { start, end })) as ReadableStream;
}

function rangeOf(header: string, size: number): Range | 'unsatisfiable' | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!found || (found[1] === '' && found[2] === '')) return undefined;
  const [, from = '', to = ''] = found;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to));
  return start > end ? 'unsatisfiable' : { start, end };
}
