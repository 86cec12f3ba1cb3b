/**
 * How much of a body that is too long is still fetched and thrown away. A proxy whose upload is
 * cut off may report a broken connection instead of the answer; `wrangler dev` says 503 then.
 * The sender has proved the secret by now, so this is patience with a peer, not with strangers.
 */
const PATIENCE_BYTES = 16 * 1024 * 1024;

/**
 * A request body as text, or undefined when it is longer than `max` bytes. The bytes are counted
 * as they come: a `Content-Length` may be absent or untrue, and a Worker has 128 MB in all.
 */
export async function readBody(request: Request, max: number): Promise<string | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > max) return undefined;
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of chunksOf(request.body)) {
    size += chunk.byteLength;
    if (size > PATIENCE_BYTES) break;
    if (size <= max) text += decoder.decode(chunk, { stream: true });
  }
  return size > max ? undefined : text + decoder.decode();
}

/** Leaving the loop early cancels the stream, so the rest of an endless body is not fetched. */
async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel();
  }
}
