/**
 * The forward proxy every engine goes through (yt-dlp, ffmpeg, whatever they start). It listens
 * on loopback at a port of its own choice, wants a password and connects to public addresses only.
 *
 * Why a proxy: yt-dlp and ffmpeg follow redirects and manifests by themselves and resolve names
 * by themselves. Only whoever opens the connection can check the address that it opens.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Log } from '../log.ts';
import { type ConnectRules, connectPublic } from './connect.ts';
import { asEgressError } from './egress-error.ts';
import { splitHostPort } from './host.ts';
import {
  type Answer,
  answerConnect,
  answerFor,
  answerRequest,
  BAD_REQUEST,
  WRONG_SECRET,
} from './proxy-answer.ts';
import { newProxySecret, type ProxySecret } from './proxy-auth.ts';
import { forwardRequest, parseHttpTarget } from './proxy-forward.ts';
import { joinSockets } from './proxy-tunnel.ts';
import type { Target } from './resolve.ts';

export interface EgressProxyOptions extends ConnectRules {
  log: Pick<Log, 'warn' | 'debug'>;
  /** No byte either way for this long ends a connection, ms. */
  idleMs?: number;
  /** Connections from engines at once; more are dropped before they are read. */
  maxConnections?: number;
}

/** Counted since the start. */
export interface EgressStats {
  requests: number;
  /** Private addresses and blocked ports. */
  refused: number;
  /** Unknown hosts, unreachable sites, timeouts. */
  failed: number;
  /** Received from sites, bytes, counted when a connection closes. */
  bytesIn: number;
  /** Connections to sites that are open now. */
  open: number;
}

export interface EgressProxy {
  /** With the password in it: for `--proxy` and `http_proxy`, never for a log. */
  url: string;
  stats: Readonly<EgressStats>;
  /** Ends every connection at once and resolves when all are gone. */
  close(): Promise<void>;
}

/** Longer than the watchdog for stalled downloads, which has the better message. */
const IDLE_MS = 120_000;
const MAX_CONNECTIONS = 1024;
/** Signed links and cookies are long; 32 KiB holds all that were seen. */
const MAX_REQUEST_HEAD = 32 * 1024;
const HEAD_TIMEOUT_MS = 15_000;

export async function startEgressProxy(options: EgressProxyOptions): Promise<EgressProxy> {
  const secret = newProxySecret();
  const server = createServer({
    maxHeaderSize: MAX_REQUEST_HEAD,
    headersTimeout: HEAD_TIMEOUT_MS,
    keepAliveTimeout: 60_000,
    // A body may take as long as it likes while bytes flow; `idleMs` ends the silent ones.
    requestTimeout: 0,
  });
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  const gate = new Gate(options, secret);
  server.on('request', (incoming, response) => void gate.request(incoming, response));
  server.on('connect', (incoming, socket, head) => {
    void gate.connect(incoming, socket as Socket, head);
  });
  // WebSockets come by CONNECT; a request to switch protocols would leave the parser's sight.
  server.on('upgrade', (_incoming, socket) => {
    hearFaults(socket);
    answerConnect(socket, BAD_REQUEST);
  });
  server.on('connection', (socket) => gate.track(socket));
  await listening(server);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${secret.userinfo}@127.0.0.1:${port}`,
    stats: gate.stats,
    close: () => gate.close(server),
  };
}

/** Node leaves the faults of a socket it hands over to us, and one unheard would end the process. */
const hearFaults = (socket: Duplex) => socket.on('error', () => socket.destroy());

const listening = (server: Server) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

/** Checks every request, counts it, and keeps hold of every socket so that closing is complete. */
class Gate {
  readonly stats: EgressStats = { requests: 0, refused: 0, failed: 0, bytesIn: 0, open: 0 };
  readonly #sockets = new Set<Socket>();
  readonly #closing = new AbortController();
  readonly #idleMs: number;

  constructor(
    private readonly options: EgressProxyOptions,
    private readonly secret: ProxySecret,
  ) {
    this.#idleMs = options.idleMs ?? IDLE_MS;
  }

  track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async request(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const refuse = (answer: Answer) => answerRequest(response, answer);
    const target = parseHttpTarget(incoming.url ?? '');
    if (!this.#accepts(incoming, target, refuse)) return;
    const socket = await this.#reach(target, incoming.socket, refuse);
    if (socket) forwardRequest(incoming, response, target, socket, this.#idleMs);
  }

  async connect(incoming: IncomingMessage, client: Socket, head: Buffer): Promise<void> {
    hearFaults(client);
    const refuse = (answer: Answer) => answerConnect(client, answer);
    const target = splitHostPort(incoming.url ?? '');
    if (!this.#accepts(incoming, target, refuse)) return;
    const socket = await this.#reach(target, client, refuse);
    if (!socket) return;
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) socket.write(head);
    await joinSockets(client, socket, this.#idleMs);
  }

  async close(server: Server): Promise<void> {
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accepts<T extends Target>(
    incoming: IncomingMessage,
    target: T | undefined,
    refuse: (answer: Answer) => void,
  ): target is T {
    this.stats.requests += 1;
    const known = this.secret.accepts(incoming.headers['proxy-authorization']);
    if (!known) refuse(WRONG_SECRET);
    else if (!target) refuse(BAD_REQUEST);
    return known && target !== undefined;
  }

  /** A tracked socket to the target; undefined after the client got its refusal or left. */
  async #reach(
    target: Target,
    client: Socket,
    refuse: (answer: Answer) => void,
  ): Promise<Socket | undefined> {
    try {
      const socket = await connectPublic(target, this.options, this.#closing.signal);
      this.#count(socket);
      // The client left, or the proxy closed, while the connection was being made.
      if (!client.destroyed && !this.#closing.signal.aborted) return socket;
      socket.destroy();
    } catch (cause) {
      this.#refused(cause, refuse);
    }
    return undefined;
  }

  #count(socket: Socket): void {
    this.track(socket);
    this.stats.open += 1;
    socket.once('close', () => {
      this.stats.open -= 1;
      this.stats.bytesIn += socket.bytesRead;
    });
  }

  #refused(cause: unknown, refuse: (answer: Answer) => void): void {
    const error = asEgressError(cause);
    const refusal = error.code === 'private_address';
    this.stats[refusal ? 'refused' : 'failed'] += 1;
    const line = { reason: error.reason, target: error.detail };
    if (refusal) this.options.log.warn(line, 'egress refused');
    else this.options.log.debug(line, 'egress failed');
    refuse(answerFor(error));
  }
}
