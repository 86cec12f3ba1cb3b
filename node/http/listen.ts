/** Opens the node's HTTP server with limits that a slow or hostile client cannot outlast. */

import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';

export interface Listening {
  /** Until an app is set, everything is answered with 503: the start is not over yet. */
  serve(app: Hono): void;
  /** `http://HOST:PORT`, with the port that was really taken. */
  url: string;
  port: number;
  close(): Promise<void>;
}

export interface ListenOptions {
  host: string;
  port: number;
}

/** Node's own defaults let one socket hold its headers back for a minute. */
const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
const MAX_CONNECTIONS = 512;

/** @throws Error with `code` EADDRINUSE and the like */
export async function listen(options: ListenOptions): Promise<Listening> {
  let app = startingApp();
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16 * 1024,
    },
    requestListener((request, env) => app.fetch(request, env)),
  );
  server.maxConnections = MAX_CONNECTIONS;
  await opened(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const serve = (ready: Hono) => {
    app = ready;
  };
  return { url: `http://${host}:${port}`, port, serve, close: () => closed(server) };
}

/**
 * HTTP/1.0 needs no `Host`, and the health checks of load balancers come that way: refused with
 * 400, they would take every node for dead.
 */
export const requestListener = (fetch: Parameters<typeof getRequestListener>[0]) =>
  getRequestListener(fetch, { overrideGlobalObjects: false, hostname: 'localhost' });

function startingApp(): Hono {
  const app = new Hono();
  app.all('*', (c) => c.json({ status: 'starting' }, 503, { 'Retry-After': '2' }));
  return app;
}

function opened(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Waits for answers in progress, not for idle keep-alive connections. */
function closed(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2_000).unref();
  });
}
