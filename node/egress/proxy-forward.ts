/** One plain HTTP request sent on over a connection to a checked address. */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { asEgressError, EgressError } from './egress-error.ts';
import { canonicalHost } from './host.ts';
import { answerFor, answerRequest } from './proxy-answer.ts';
import { forwardedHeaders, returnedHeaders } from './proxy-headers.ts';
import type { Target } from './resolve.ts';

export interface HttpTarget extends Target {
  /** For the `Host` header: brackets round IPv6, no port when it is 80. */
  authority: string;
  /** Path and query exactly as sent: signed links break when they are tidied up. */
  path: string;
}

/** Response headers of real sites exceed Node's 16 KiB now and then. */
const MAX_RESPONSE_HEAD = 64 * 1024;

/** Reads an absolute-form `http://` request target; undefined for any other form. */
export function parseHttpTarget(text: string): HttpTarget | undefined {
  const [, rest = ''] = /^http:\/\/[^/\\?#]+(.*)$/i.exec(text) ?? [];
  if (!/^http:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const host = canonicalHost(url.hostname);
  if (!host) return undefined;
  const path = rest.replace(/#.*$/, '');
  return {
    host,
    port: Number(url.port) || 80,
    authority: url.host,
    path: path.startsWith('/') ? path : `/${path}`,
  };
}

/**
 * Sends the request on and its answer back, streaming with back-pressure both ways. Each request
 * has a connection of its own: Node has parsed it alone, so nothing smuggled behind its body can
 * ride along unchecked.
 */
export function forwardRequest(
  incoming: IncomingMessage,
  response: ServerResponse,
  target: HttpTarget,
  socket: Socket,
  idleMs: number,
): void {
  const failed = (cause: unknown) => answerRequest(response, answerFor(asEgressError(cause)));
  const outgoing = httpRequest({
    method: incoming.method ?? 'GET',
    path: target.path,
    headers: forwardedHeaders(incoming.rawHeaders, {
      host: target.authority,
      connection: incoming.headers.connection,
      chunked: incoming.headers['transfer-encoding'] !== undefined,
    }),
    maxHeaderSize: MAX_RESPONSE_HEAD,
    setHost: false,
    createConnection: () => socket,
  });
  socket.setTimeout(idleMs, () => {
    outgoing.destroy(new EgressError('timeout', `${target.host}: silent`));
  });
  outgoing.once('error', failed);
  // Closed without an answer, e.g. after an upgrade nobody asked for.
  outgoing.once('close', () => {
    if (!response.headersSent) failed(new EgressError('site_unreachable', target.host));
  });
  outgoing.once('response', (answer) => sendBack(answer, response, failed));
  response.once('close', () => socket.destroy());
  pipeline(incoming, outgoing, (cause) => {
    if (cause) outgoing.destroy(cause);
  });
}

function sendBack(
  answer: IncomingMessage,
  response: ServerResponse,
  failed: (cause: unknown) => void,
): void {
  try {
    const headers = returnedHeaders(answer.rawHeaders, answer.headers.connection);
    response.writeHead(answer.statusCode ?? 502, headers);
  } catch (cause) {
    // Node refuses to write some headers that it was willing to read.
    failed(cause);
    return;
  }
  // A cut answer must reach the client cut: pipeline destroys the response with its source.
  pipeline(answer, response, (cause) => {
    if (cause) response.destroy();
  });
}
