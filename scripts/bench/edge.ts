/** The edge in workerd, as Cloudflare runs it: webhook calls with and without a job. */
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Miniflare as MiniflareType } from 'miniflare';
import { percentile } from './load.ts';
import { startNodeStandIn } from './stand-ins.ts';

// It comes with wrangler, wherever npm put it.
const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'));
const { Miniflare } = ofWrangler('miniflare') as { Miniflare: typeof MiniflareType };

const WORKER = resolve(import.meta.dirname, '../../dist/edge/worker.js');
const SECRET = 'webhook-secret-of-the-bench';

export interface EdgeRow {
  what: string;
  calls: number;
  failed: number;
  perSecond: number;
  /** ms. */
  p50: number;
  p99: number;
}

/** The Worker as it is deployed, with these bindings; limits are off unless they say otherwise. */
export const startWorker = (bindings: Record<string, string>) =>
  new Miniflare({
    modules: true,
    // One log line a call would bury the tables.
    handleRuntimeStdio(stdout, stderr) {
      stdout.resume();
      stderr.resume();
    },
    scriptPath: WORKER,
    compatibilityDate: '2026-04-01',
    durableObjects: { LIMITER: { className: 'RateLimiterDO', useSQLite: true } },
    bindings: {
      WEBHOOK_SECRET: SECRET,
      RATE_LIMIT_GLOBAL_PER_MIN: '1000000',
      RATE_LIMIT_USER_PER_MIN: '1000000',
      ...bindings,
    },
  });

export async function edge(): Promise<EdgeRow[]> {
  const node = await startNodeStandIn();
  const worker = startWorker({
    NODE_URL: `http://127.0.0.1:${node.port}`,
    NODE_SECRET: 'node-secret-of-the-bench-0123456789ab',
  });
  try {
    const url = new URL('/webhook', await worker.ready);
    const rows = [
      await hammer('without a job (an update of no use)', url, quiet),
      await hammer('with a job (limiter, signature, hand-over)', url, link),
    ];
    return rows;
  } finally {
    await worker.dispose();
    await node.stop();
  }
}

const quiet = (id: number) => ({ update_id: id, poll: { id: '1' } });

function link(id: number) {
  const user = 1 + (id % 500);
  return {
    update_id: id,
    message: {
      message_id: id,
      date: 1_700_000_000,
      chat: { id: user, type: 'private', first_name: 'P' },
      from: { id: user, is_bot: false, first_name: 'P' },
      text: `https://example.com/${id}.mp4`,
      entities: [{ type: 'url', offset: 0, length: `https://example.com/${id}.mp4`.length }],
    },
  };
}

/** Telegram's default for `max_connections` is 40. */
const CONNECTIONS = 40;
const SECONDS = 4;
const WARM_UP = 300;

async function hammer(what: string, url: URL, update: (id: number) => object): Promise<EdgeRow> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let id = 0;
  let failed = 0;
  const latencies: number[] = [];
  const call = async () => {
    id += 1;
    const from = performance.now();
    const { status } = await post(url, agent, JSON.stringify(update(id)));
    if (status !== 200) failed += 1;
    if (id > WARM_UP) latencies.push(performance.now() - from);
  };
  const loop = async (more: () => boolean) => {
    const one = async () => {
      while (more()) await call();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
  };
  await loop(() => id < WARM_UP);
  latencies.length = 0;
  const from = performance.now();
  await loop(() => performance.now() - from < SECONDS * 1000);
  const wall = (performance.now() - from) / 1000;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  return { what, calls: latencies.length, failed, perSecond: latencies.length / wall, p50, p99 };
}

export interface Answered {
  status: number | undefined;
  /** From the moment it had a connection to the whole answer. */
  tookMs: number;
}

/** One webhook call as Telegram makes it. */
export function post(url: URL, agent: Agent, body: string): Promise<Answered> {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-telegram-bot-api-secret-token': SECRET,
  };
  return new Promise((done, fail) => {
    let from = performance.now();
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => done({ status: answer.statusCode, tookMs: performance.now() - from }));
    });
    sent.on('socket', () => {
      from = performance.now();
    });
    sent.on('error', fail);
    sent.end(body);
  });
}
