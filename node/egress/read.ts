/** A small text from the web, e.g. a playlist. */
import { type Dispatcher, fetch } from 'undici';

const TIMEOUT_MS = 10_000;
/** A playlist of a whole day has about 20,000 lines. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Undefined when the site refuses, takes too long or says too much. Never throws. */
export async function readText(
  url: string,
  headers: Record<string, string>,
  { dispatcher, signal }: { dispatcher: Dispatcher; signal: AbortSignal },
): Promise<{ text: string; url: string } | undefined> {
  const both = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await fetch(url, { headers, dispatcher, signal: both });
    if (!response.ok || !response.body) return undefined;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) return undefined;
      chunks.push(chunk);
    }
    return { text: Buffer.concat(chunks).toString('utf8'), url: response.url };
  } catch {
    // Whoever asked has another way, and that one says what is wrong.
    return undefined;
  }
}
