/** The proxy in front of everything, when an operator has one: a tunnel to a checked address. */
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { EgressError } from './egress-error.ts';
import type { Address } from './resolve.ts';

/** An `http://[user:password@]host:port` proxy; set by the operator, so never checked itself. */
export type Upstream = URL;

/** @throws {Error} one line that says what was expected */
export function parseUpstream(text: string): Upstream {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || url.pathname !== '/' || url.hostname === '') {
    throw new Error('expected http://host:port, with user:password@ if needed');
  }
  return url;
}

function authorization(upstream: Upstream): Record<string, string> {
  if (!upstream.username) return {};
  const pair = `${decodeURIComponent(upstream.username)}:${decodeURIComponent(upstream.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/**
 * Asks the upstream for a tunnel to an address, not to a name: were the upstream to resolve the
 * name itself, its answer would go unchecked and could be a service beside the upstream.
 */
export function tunnelThrough(
  upstream: Upstream,
  to: Address,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = to.family === 6 ? `[${to.address}]:${port}` : `${to.address}:${port}`;
  const headers = { host: authority, ...authorization(upstream) };
  return new Promise((resolve, reject) => {
    const asked = request({
      method: 'CONNECT',
      host: upstream.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: upstream.port || 80,
      path: authority,
      headers,
      agent: false,
    });
    const abort = () => asked.destroy(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    asked.once('close', () => signal.removeEventListener('abort', abort));
    asked.once('error', reject);
    asked.once('response', (answer) => {
      asked.destroy();
      reject(new EgressError('site_unreachable', `upstream proxy: ${answer.statusCode}`));
    });
    asked.once('connect', (answer, socket: Socket, head) => {
      signal.removeEventListener('abort', abort);
      if (answer.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new EgressError('site_unreachable', `upstream proxy: ${answer.statusCode}`));
    });
    asked.end();
    if (signal.aborted) abort();
  });
}
