/** Which headers pass through the proxy: a flat `[name, value, …]` list in, the same out. */

/** Headers of one connection and not of the message (RFC 9110 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

function keep(raw: readonly string[], drop: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !drop.has(lower)) kept.push(name, raw[i + 1] as string);
  }
  return kept;
}

const named = (connection = '') => connection.split(',').map((name) => name.trim().toLowerCase());

/**
 * The headers to send on. `Host` is made from the checked target, because a server behind the
 * address may serve another name that the request's own header asks for.
 *
 * @param chunked the request's body has no length; Node frames it again
 */
export function forwardedHeaders(
  raw: readonly string[],
  options: { host: string; connection?: string | undefined; chunked: boolean },
): string[] {
  // A Content-Length named by Connection must stay: without it the body would be lost or misread.
  const drop = new Set(named(options.connection).filter((name) => name !== 'content-length'));
  const kept = keep(raw, drop.add('host').add('expect'));
  const framing = options.chunked ? ['Transfer-Encoding', 'chunked'] : [];
  return ['Host', options.host, ...kept, ...framing, 'Connection', 'close'];
}

/** The headers to send back; `postchi-egress` is the proxy's own word and no site may speak it. */
export function returnedHeaders(raw: readonly string[], connection?: string): string[] {
  const drop = new Set(named(connection).filter((name) => name !== 'content-length'));
  return keep(raw, drop.add('postchi-egress'));
}
