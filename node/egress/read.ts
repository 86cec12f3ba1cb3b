/** Small things the node itself reads from the web: a playlist, the first bytes of a file. */
import { type Dispatcher, fetch } from 'undici';

const TIMEOUT_MS = 10_000;
/** A playlist of a whole day has about 20,000 lines. */
const MAX_TEXT = 8 * 1024 * 1024;
/** The first picture of a segment and the first sound behind it. */
const HEAD = 256 * 1024;

interface Through {
  dispatcher: Dispatcher;
  signal: AbortSignal;
}

/** Undefined when the site refuses, takes too long or says too much. Never throws. */
export async function readText(
  url: string,
  headers: Record<string, string>,
  through: Through,
): Promise<{ text: string; url: string } | undefined> {
  const read = await firstBytes(url, headers, through, MAX_TEXT + 1);
  if (!read || read.bytes.length > MAX_TEXT) return undefined;
  return { text: read.bytes.toString('utf8'), url: read.url };
}

/**
 * At most 256 KiB, also of a site that knows no ranges. Undefined as above; never throws.
 * @param from bytes left out in front; undefined as well when the site would not leave them out
 */
export async function readHead(
  url: string,
  headers: Record<string, string>,
  through: Through,
  from = 0,
): Promise<Uint8Array | undefined> {
  const range = { ...headers, range: `bytes=${from}-${from + HEAD - 1}` };
  const read = await firstBytes(url, range, through, HEAD);
  return read && (from === 0 || read.status === PARTIAL) ? read.bytes : undefined;
}

const PARTIAL = 206;

async function firstBytes(
  url: string,
  headers: Record<string, string>,
  { dispatcher, signal }: Through,
  most: number,
): Promise<{ bytes: Buffer; url: string; status: number } | undefined> {
  const both = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await fetch(url, { headers, dispatcher, signal: both });
    if (!response.ok || !response.body) return undefined;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body) {
      chunks.push(chunk);
      length += chunk.length;
      // Leaving the loop ends the request.
      if (length >= most) break;
    }
    const bytes = Buffer.concat(chunks).subarray(0, most);
    return { bytes, url: response.url, status: response.status };
  } catch {
    // Whoever asked has another way, and that one says what is wrong.
    return undefined;
  }
}
