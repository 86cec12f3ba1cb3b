/** The size of a file on the web, asked for without fetching it. */
import { type Dispatcher, fetch } from 'undici';

const TIMEOUT_MS = 6000;

/** Bytes; undefined when the site does not tell, refuses HEAD or takes too long. Never throws. */
export async function contentLength(
  url: string,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<number | undefined> {
  const both = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const response = await fetch(url, { method: 'HEAD', dispatcher, signal: both }).catch(
    // A size that is not known is shown as such: no reason to fail the menu.
    () => undefined,
  );
  if (!response?.ok) return undefined;
  const length = Number(response.headers.get('content-length'));
  return Number.isSafeInteger(length) && length > 0 ? length : undefined;
}
