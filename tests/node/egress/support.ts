/** Raw clients and counting listeners: what is tested is what happens on sockets. */
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { parseAllowList } from '../../../node/egress/allow-list.ts';
import type { ConnectRules } from '../../../node/egress/connect.ts';
import { startEgressProxy } from '../../../node/egress/proxy.ts';
import type { Lookup } from '../../../node/egress/resolve.ts';

export const silent = { warn: () => {}, debug: () => {} };

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Listens on every address of this machine, both families, and counts accepted connections. */
export async function startCanary() {
  let hits = 0;
  const server = createServer((socket) => {
    hits += 1;
    socket.on('error', () => {});
    socket.resume();
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary');
  });
  server.listen(0, '::');
  await once(server, 'listening');
  return {
    port: portOf(server),
    hits: () => hits,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** A look-up from a table; unknown names do not exist. Counts what it was asked. */
export function tableLookup(table: Record<string, string[]>): Lookup & { asked: string[] } {
  const asked: string[] = [];
  const lookup = async (host: string) => {
    asked.push(host);
    const found = table[host];
    if (!found) throw Object.assign(new Error(host), { code: 'ENOTFOUND' });
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return Object.assign(lookup, { asked });
}

/** Pretends that public addresses are this machine, and records which were dialled. */
export function dialHere(): NonNullable<ConnectRules['dial']> & { dialled: string[] } {
  const dialled: string[] = [];
  const dial: NonNullable<ConnectRules['dial']> = (addresses, port) => {
    dialled.push(...addresses.map(({ address }) => address));
    return connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  };
  return Object.assign(dial, { dialled });
}

export function startProxy(
  options: Partial<Omit<Parameters<typeof startEgressProxy>[0], 'allow'>> & { allow?: string } = {},
) {
  const { allow = '', ...rest } = options;
  return startEgressProxy({ log: silent, ...rest, allow: parseAllowList(allow) });
}

export const authorization = (url: string) => {
  const { username, password } = new URL(url);
  return `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
};

export function open(url: string): Socket {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  socket.on('error', () => {});
  return socket;
}

/** Sends the lines as one request head (with the right password) and reads until the end. */
export async function ask(url: string, ...lines: string[]): Promise<string> {
  return exchange(url, [...lines, authorization(url), 'Connection: close', '', ''].join('\r\n'));
}

/** Sends bytes as they are and reads until the proxy closes. */
export async function exchange(url: string, bytes: string): Promise<string> {
  const socket = open(url);
  socket.write(bytes, 'latin1');
  let answer = '';
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    answer += text;
    // A tunnel that was opened would wait for us.
    if (answer.startsWith('HTTP/1.1 200 Connection established')) socket.end();
  });
  await once(socket, 'close');
  return answer;
}
