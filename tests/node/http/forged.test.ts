/** Ten thousand ways to be nobody: none is let in, and everybody real is. */
import PQueue from 'p-queue';
import { afterEach, expect, it } from 'vitest';
import { createEdge, SECRET_HEADER } from '../../../edge/app.ts';
import { memoryLimiter } from '../../../edge/limiter.ts';
import { jobsRoute } from '../../../node/http/jobs-route.ts';
import { createInbox } from '../../../node/inbox/inbox.ts';
import { createLog } from '../../../node/log.ts';
import { openDatabase } from '../../../node/store/open.ts';
import { createStore } from '../../../node/store/store.ts';
import { sign } from '../../../shared/sign.ts';
import type { JobRequest } from '../../../shared/wire.ts';
import { seeded } from '../../support/random.ts';
import { downloadRequest, MIGRATIONS, tempStore } from '../../support/store.ts';
import { message } from '../../support/updates.ts';

const SEED = 20_261_123;
const NOW = 1_800_000_000_000;
const OLD = 'the-old-key-of-the-edge-0123456789abcdef';
const NEW = 'the-new-key-of-the-edge-fedcba9876543210';
const log = createLog({ level: 'silent', format: 'json' });
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Random = ReturnType<typeof seeded>;
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
const noise = (random: Random, length: number) =>
  Array.from({ length }, () => random.pick([...letters])).join('');

/** Another text that shares as much as possible with the secret. */
function near(secret: string, random: Random): string {
  const at = random.below(secret.length);
  const kinds = [
    () => secret.slice(0, at),
    () => secret + noise(random, 1),
    () => `${secret.slice(0, at)}${secret[at] === 'x' ? 'y' : 'x'}${secret.slice(at + 1)}`,
    () => secret.toUpperCase(),
    () => noise(random, 1 + random.below(256)),
    () => '',
  ];
  return random.pick(kinds)();
}

it('5,000 wrong webhook secrets are turned away, the right one never', async () => {
  const secret = 'webhook_secret-of_the_tests';
  const random = seeded(SEED);
  let handed = 0;
  const edge = createEdge({
    secret,
    limits: { user: 0, global: 0 },
    adminIds: new Set(),
    limiter: memoryLimiter(),
    handOver: async () => {
      handed += 1;
      return { taken: 'new' };
    },
  });
  const ask = (headers: Record<string, string>) =>
    edge.request('/webhook', { method: 'POST', headers, body: JSON.stringify(message()) });
  const statuses = new Map<number, number>();
  for (let n = 0; n < 5000; n += 1) {
    const guess = near(secret, random);
    const headers: Record<string, string> = n % 50 === 0 ? {} : { [SECRET_HEADER]: guess };
    const { status } = await ask(headers);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect([...statuses]).toEqual([[401, 5000]]);
  expect(handed).toBe(0);
  for (let n = 0; n < 200; n += 1)
    expect((await ask({ [SECRET_HEADER]: secret })).status).toBe(200);
  expect(handed).toBe(200);
});

interface Signed {
  body: string;
  headers: Record<string, string>;
}

async function signed(updateId: number, secret: string, at = NOW): Promise<Signed> {
  const body = JSON.stringify(downloadRequest(updateId));
  const [id, timestamp] = [String(updateId), Math.floor(at / 1000)];
  const signature = await sign({ id, timestamp, body, secret });
  return {
    body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature,
    },
  };
}

const with_ = (given: Signed, headers: Record<string, string>): Signed => ({
  ...given,
  headers: { ...given.headers, ...headers },
});

/** What somebody can make who has seen signed requests and not the key. */
const FORGERIES: Record<
  string,
  (own: Signed, other: Signed, random: Random) => Promise<Signed> | Signed
> = {
  'the body of another': (own, other) => ({ ...own, body: other.body }),
  'the signature of another': (own, other) =>
    with_(own, { 'webhook-signature': other.headers['webhook-signature'] ?? '' }),
  'another id': (own, other) => with_(own, { 'webhook-id': other.headers['webhook-id'] ?? '' }),
  'another time': (own, _, random) =>
    with_(own, { 'webhook-timestamp': String(NOW / 1000 - 1 - random.below(290)) }),
  stale: (_, __, random) => signed(5, OLD, NOW - 301_000 - random.below(1e9)),
  'from the future': (_, __, random) => signed(5, NEW, NOW + 301_000 + random.below(1e9)),
  'another key': (_, __, random) => signed(5, near(NEW, random) || 'x'),
  'a flipped byte': (own, _, random) => {
    const at = random.below(own.body.length);
    return { ...own, body: `${own.body.slice(0, at)}~${own.body.slice(at + 1)}` };
  },
  'a shorter signature': (own, _, random) => {
    const whole = own.headers['webhook-signature'] ?? '';
    return with_(own, { 'webhook-signature': whole.slice(0, random.below(whole.length)) });
  },
  'another version': (own) =>
    with_(own, {
      'webhook-signature': (own.headers['webhook-signature'] ?? '').replace('v1,', 'v1a,'),
    }),
  noise: (own, _, random) => with_(own, { 'webhook-signature': `v1,${btoa(noise(random, 32))}` }),
  'a time with more': (own) =>
    with_(own, { 'webhook-timestamp': `${own.headers['webhook-timestamp']}.0` }),
  'no signature': ({ body, headers: { 'webhook-signature': _, ...headers } }) => ({
    body,
    headers,
  }),
};

it('5,000 forged, swapped, stale and broken signatures are turned away, both keys never', async () => {
  const random = seeded(SEED);
  const taken: number[] = [];
  const app = jobsRoute({
    secrets: [NEW, OLD],
    take: async ({ updateId }) => {
      taken.push(updateId);
      return { taken: 'new' };
    },
    log,
    now: () => NOW,
  });
  const ask = ({ body, headers }: Signed) =>
    app.request('/jobs', { method: 'POST', headers, body });
  const [own, other] = [await signed(5, NEW), await signed(6, OLD)];
  const kinds = Object.entries(FORGERIES);
  const let_in: string[] = [];
  for (let n = 0; n < 5000; n += 1) {
    const [name, forge] = kinds[n % kinds.length] ?? [];
    if (!forge) continue;
    const { status } = await ask(await forge(own, other, random));
    if (status !== 401) let_in.push(`${name}: ${status}`);
  }
  expect(let_in).toEqual([]);
  expect(taken).toEqual([]);
  for (let n = 1; n <= 200; n += 1) {
    const skew = (n % 2 ? 1 : -1) * random.below(300_000);
    const { status } = await ask(await signed(n, n % 2 ? NEW : OLD, NOW + skew));
    expect(status).toBe(202);
  }
  expect(taken).toHaveLength(200);
});

it('a signed job that is sent again after a restart, with either key, does nothing twice', async () => {
  const first = tempStore();
  closers.push(first.close);
  const handled: number[] = [];
  const nodeOn = (updates: ReturnType<typeof createStore>['updates']) => {
    const inbox = createInbox({
      updates,
      light: new PQueue({ concurrency: 4 }) as never,
      handle: async ({ updateId }: JobRequest) => void handled.push(updateId),
      passing: () => false,
      giveUp: async () => {},
      log,
    });
    const app = jobsRoute({ secrets: [NEW, OLD], take: inbox.take, log, now: () => NOW });
    const ask = async ({ body, headers }: Signed) =>
      (await app.request('/jobs', { method: 'POST', headers, body })).status;
    return { inbox, ask };
  };
  const jobs = await Promise.all(Array.from({ length: 100 }, (_, n) => signed(n + 1, NEW)));
  const again = await Promise.all(Array.from({ length: 100 }, (_, n) => signed(n + 1, OLD)));
  const node = nodeOn(first.store.updates);
  await node.inbox.resume();
  for (const job of jobs) expect(await node.ask(job)).toBe(202);
  await node.inbox.close();
  first.sqlite.close();
  const reopened = openDatabase({ dataDir: first.dir, migrationsDir: MIGRATIONS });
  closers.push(reopened.close);
  const next = nodeOn(createStore(reopened.db).updates);
  await next.inbox.resume();
  for (const job of [...jobs, ...again]) expect(await next.ask(job)).toBe(200);
  await next.inbox.close();
  expect(handled).toHaveLength(100);
});
