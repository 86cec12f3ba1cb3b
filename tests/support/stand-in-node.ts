/** A node without downloads: its real doors on a real socket, and a note of what came through. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { pino } from 'pino';
import { SECRET_HEADER } from '../../edge/app.ts';
import { createNodeApp } from '../../node/http/app.ts';
import { jobsRoute } from '../../node/http/jobs-route.ts';
import { requestListener } from '../../node/http/listen.ts';
import { freePort } from './bot.ts';

export interface StandInNode {
  readonly port: number;
  readonly url: string;
  /** Update ids in the order they were stored. */
  readonly stored: number[];
  /** Requests for a job or an update that reached it, whatever became of them. */
  asked: number;
  /**
   * `mute`: it reads the job and never answers; `late`: it stores it and never answers;
   * `breaks`: it stores it and breaks the connection off.
   */
  mode: 'takes' | 'full' | 'mute' | 'late' | 'breaks';
  free: number;
  /** It stops: 503 to everything. */
  draining: boolean;
  /** An admin drains it: it says so and would still take what comes. */
  drained: boolean;
  cluster: string;
  /** Nothing listens there any more. */
  die(): Promise<void>;
  /** Listens at the same port again. */
  revive(): Promise<void>;
}

export interface StandInOptions {
  secret: string;
  /** Update ids the cluster has seen; given to several nodes it is their common store. */
  seen?: Set<number>;
  cluster?: string;
}

export async function startStandIn(options: StandInOptions): Promise<StandInNode> {
  const { secret, seen = new Set<number>(), cluster = 'one' } = options;
  const port = await freePort();
  const stored: number[] = [];
  let close: (() => Promise<void>) | undefined;
  const node: StandInNode = {
    ...{ port, url: `http://127.0.0.1:${port}`, stored, asked: 0 },
    ...{ mode: 'takes', free: 4, draining: false, drained: false, cluster },
    async die() {
      await close?.();
      close = undefined;
    },
    async revive() {
      close ??= await open(appOf(node, { secret, seen }), port);
    },
  };
  await node.revive();
  return node;
}

const never = () => new Promise<never>(() => {});

function appOf(node: StandInNode, { secret, seen }: { secret: string; seen: Set<number> }): Hono {
  const log = pino({ level: 'silent' });
  const isFull = () => node.draining || node.mode === 'full';

  /** Whether it is new; answers only when the mode allows it. */
  async function store(updateId: number): Promise<boolean> {
    if (node.mode === 'mute') return never();
    const isNew = !seen.has(updateId);
    seen.add(updateId);
    if (isNew) node.stored.push(updateId);
    return node.mode === 'late' ? never() : isNew;
  }

  const jobs = jobsRoute({
    ...{ secrets: [secret], log },
    async take({ updateId }) {
      node.asked += 1;
      if (isFull()) return { taken: 'no', reason: 'full', retryAfter: 2 };
      return { taken: (await store(updateId)) ? 'new' : 'seen' };
    },
  });
  const webhook = new Hono();
  webhook.post('/webhook', async (c) => {
    if (c.req.header(SECRET_HEADER) !== secret) return c.body(null, 401);
    const { update_id: updateId } = await c.req.json<{ update_id: number }>();
    node.asked += 1;
    if (isFull()) return c.body(null, 503, { 'Retry-After': '10' });
    await store(updateId);
    return c.body(null, 200);
  });
  const breaking = new Hono<{ Bindings: HttpBindings }>();
  breaking.post('*', async (c, next) => {
    await next();
    if (node.mode === 'breaks') c.env.incoming.socket.destroy();
  });
  breaking.route('/', jobs);
  breaking.route('/', webhook);
  return createNodeApp({
    ...{
      log,
      mounted: [breaking as unknown as Hono],
      metrics: async () => ({ body: '', type: 'text/plain' }),
    },
    health: async () => {
      const { free, cluster } = node;
      const draining = node.draining || node.drained;
      const facts = { free, draining, cluster, queued: 0, version: '0.0.0' };
      return { ok: !node.draining, facts };
    },
  });
}

async function open({ fetch }: Hono, port: number): Promise<() => Promise<void>> {
  const server = createServer(requestListener((request, env) => fetch(request, env)));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
}
