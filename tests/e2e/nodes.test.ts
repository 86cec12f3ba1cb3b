/** Three real nodes over one real PostgreSQL; each test says which of them Telegram reaches. */
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ADMIN, ALI, EMMA } from '../../node/sandbox/bot-api/personas.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { type Bot, freePort, startBot } from '../support/bot.ts';
import { type Conversation, conversation } from '../support/conversation.ts';
import {
  type Balancer,
  balancer,
  configOf,
  type RunningBalancer,
  runBalancer,
} from '../support/load-balancers.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { type Route, startRoute } from '../support/route.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { migratedDatabase } from '../support/shared-postgres.ts';

const WEBHOOK_SECRET = 'webhook-secret_of-the-tests';
type Name = 'a' | 'b' | 'c';

let database: TestDatabase;
let pool: pg.Pool;
let route: Route;
let scene: Scene;
let nodes: Record<Name, Bot>;
let emma: Conversation;
let admin: Conversation;
/** What was asked of the node that dies, and the message it showed. */
let orphan: { asked: number; status: number };

beforeAll(async () => {
  [database, route] = await Promise.all([migratedDatabase(), startRoute()]);
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => {});
  const shared = { DATABASE_URL: database.url, UPDATES: 'webhook', WEBHOOK_SECRET };
  const own = { ADMIN_IDS: String(ADMIN.id), MAX_CONCURRENT_DOWNLOADS: '2' };
  scene = await startScene({ ...shared, ...own, NODE_NAME: 'a' });
  const another = (NODE_NAME: Name) => startBot({ env: { ...scene.env, NODE_NAME } });
  const [b, c] = await Promise.all([another('b'), another('c')]);
  nodes = { a: scene.bot, b, c };
  await scene.telegram.client.setWebhook(route.url, { secret_token: WEBHOOK_SECRET });
  emma = conversation(scene, EMMA);
  admin = conversation(scene, ADMIN);
});
afterAll(async () => {
  for (const one of balancers) await one.stop();
  await Promise.all([nodes?.b.dispose(), nodes?.c.dispose()]);
  await scene?.close();
  route?.close();
  await pool?.end();
  await database?.drop();
});

const balancers: RunningBalancer[] = [];
/** Telegram reaches the nodes through the balancer from now on; the dead one is in its file, too. */
async function throughBalancer(name: Balancer): Promise<boolean> {
  const program = balancer(name);
  if (!program) return false;
  const port = await freePort();
  const addresses = [nodes.a, nodes.b, nodes.c].map(({ url }) => new URL(url).host);
  balancers.push(runBalancer(name, configOf(name, port, addresses), program));
  await vi.waitFor(() => fetch(`http://127.0.0.1:${port}`), 10_000);
  route.to(`http://127.0.0.1:${port}`);
  return true;
}

/** So many people ask for a link each; resolves once each has one file and nothing else. */
async function servedOnce(people: readonly number[], links: string): Promise<void> {
  const asked = people.map((id) => [id, scene.say(id, `${scene.site.url}/${links}&of=${id}`)]);
  const seen = () => asked.map(([id = 0, message = 0]) => scene.answers(id, message));
  await scene.telegram.api.waitFor(
    () => seen().every((all) => all.length === 1 && all[0]?.kind === 'video'),
    90_000,
  );
}
const peopleFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, n) => first + n);

const through = (name: Name) => route.to(nodes[name].url);
/** The nodes that run jobs of a person just now. */
async function runningAt(person: number): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT n.id FROM jobs j JOIN nodes n ON n.boot_id = j.boot_id
     WHERE j.user_id = $1 AND j.state IN ('running', 'sending')`,
    [person],
  );
  return rows.map(({ id }) => id);
}

it('a node is killed in the middle of a download; what it had goes on elsewhere, see below', async () => {
  through('c');
  const ali = conversation(scene, ALI);
  scene.site.throttle(20_000);
  const asked = ali.say(`${scene.site.url}/clip.mp4?of=ali`);
  const status = await ali.sees({ replyTo: asked, text: /٪/ });
  expect(await runningAt(ALI.id)).toEqual(['c']);
  nodes.c.kill('SIGKILL');
  scene.site.throttle(undefined);
  orphan = { asked, status: status.id };
});

it('a link sent to one node is delivered, and its status message is gone', async () => {
  through('a');
  const asked = emma.say(`${scene.site.url}/small.mp4?of=one`);
  await emma.sees({ kind: 'video', replyTo: asked });
  await scene.telegram.api.waitFor(() => scene.answers(EMMA.id, asked).length === 1);
});

it('the same link sent to another node comes from the shared cache, without the site', async () => {
  through('b');
  const before = scene.site.count('/small.mp4');
  const asked = emma.say(`${scene.site.url}/small.mp4?of=one`);
  await emma.sees({ kind: 'video', replyTo: asked });
  expect(scene.site.count('/small.mp4')).toBe(before);
});

it('cancel pressed at another node stops the one that downloads', async () => {
  through('a');
  const asked = emma.say(`${scene.site.url}/slow.mp4?rate=20000&of=cancel`);
  const status = await emma.sees({ replyTo: asked, text: /Downloading/ });
  const [runner] = await runningAt(EMMA.id);
  through(runner === 'a' ? 'b' : 'a');
  expect(await emma.press(status, /Cancel/)).toBe('Stopped.');
  await emma.sees({ replyTo: asked, text: /^Stopped/ });
  while ((await runningAt(EMMA.id)).length > 0) await new Promise((done) => setTimeout(done, 50));
});

it('a batch keeps one status message, and cancel at the other node says so once', async () => {
  through('b');
  const slow = ['1', '2', '3', '4'].map((n) => `${scene.site.url}/slow.mp4?rate=20000&of=b${n}`);
  const asked = emma.say(slow.join('\n'));
  const status = await emma.sees({ replyTo: asked, text: / of 4 done/ });
  expect(scene.answers(EMMA.id, asked)).toHaveLength(1);
  through('a');
  await scene.telegram.api.waitFor(() => emma.seen().some(({ id }) => id === status.id));
  expect(await emma.press(status, /Cancel/)).toBe('Stopped.');
  await emma.sees({ replyTo: asked, text: /Stopped. 0 of 4 had arrived/ });
  expect(scene.answers(EMMA.id, asked)).toHaveLength(1);
});

it('an admin sees the nodes and drains one by button: it takes nothing, the other takes all', async () => {
  through('a');
  const asked = admin.say('/nodes');
  const page = await admin.sees({ replyTo: asked, text: /Nodes/ });
  expect(page.text).toMatch(/a\u2069 \(this one\)/);
  expect(page.text).toMatch(/2 places/);
  const { done } = textsFor('en').toast;
  expect(await admin.forge(page, 'a:drain:nobody')).not.toBe(done);
  const [own] = emma.seen();
  if (own) expect(await emma.forge(own, 'a:drain:b')).not.toBe(done);
  await admin.press(page, /Drain.*b/);
  await admin.sees({ text: /takes nothing new/ });
  const drained = () => fetch(`${nodes.b.url}/healthz`).then(({ status }) => status);
  while ((await drained()) !== 503) await new Promise((done) => setTimeout(done, 50));
  const link = emma.say(`${scene.site.url}/small.mp4?of=drained`);
  await emma.sees({ kind: 'video', replyTo: link });
  await admin.press(page, /Resume/);
  while ((await drained()) !== 200) await new Promise((done) => setTimeout(done, 50));
});

it('the admins are told of the dead node, and what it downloaded is delivered once', async () => {
  const { api } = scene.telegram;
  await admin.sees({ text: /Node .c. is gone/ });
  await api.waitFor(
    () => scene.answers(ALI.id, orphan.asked).find(({ kind }) => kind === 'video'),
    90_000,
  );
  await api.waitFor(() => scene.answers(ALI.id, orphan.asked).length === 1);
  expect(scene.answers(ALI.id, orphan.asked)[0]?.id).not.toBe(orphan.status);
});

it.each(['haproxy', 'nginx'] as const)(
  'behind %s, with one of three nodes dead, each update is taken once and delivered once',
  async (name) => {
    if (!(await throughBalancer(name))) return;
    const people = peopleFrom(name === 'haproxy' ? 5_000 : 5_100, 12);
    await servedOnce(people, 'small.mp4?by=balancer');
    const { rows } = await pool.query(
      'SELECT count(*)::int AS jobs, count(DISTINCT update_id)::int AS updates FROM jobs WHERE user_id = ANY($1)',
      [people],
    );
    expect(rows).toEqual([{ jobs: 12, updates: 12 }]);
  },
);

it('three nodes are restarted one by one under load: nothing is lost, shown twice or counted as a try', async () => {
  const start = (name: Name) =>
    startBot({
      env: { ...scene.env, NODE_NAME: name, PORT: new URL(nodes[name].url).port },
      dataDir: nodes[name].dataDir,
    });
  // It may be dead already.
  await nodes.c.stop();
  nodes.c = await start('c');
  const balanced = await throughBalancer('haproxy');
  const served: Promise<void>[] = [];
  for (const [at, name] of (['a', 'b', 'c'] as const).entries()) {
    // Some run and some wait in the node that goes, and others come while it is away.
    if (!balanced) through(name);
    const first = 6_000 + at * 100;
    served.push(servedOnce(peopleFrom(first, 8), 'slow.mp4?rate=1500000'));
    await vi.waitUntil(() => someRun(first), { timeout: 30_000, interval: 50 });
    if (!balanced) through(name === 'a' ? 'b' : 'a');
    expect(await nodes[name].stop()).toBe(0);
    served.push(servedOnce(peopleFrom(first + 50, 4), 'small.mp4?while=away'));
    nodes[name] = await start(name);
    if (name === 'a') scene.bot = nodes.a;
  }
  await Promise.all(served);
  const { rows } = await pool.query(
    `SELECT count(*)::int AS jobs, max(attempt) AS tries, max(crashes) AS crashes
     FROM jobs WHERE user_id >= 6000 AND user_id < 7000 AND state = 'done'`,
  );
  expect(rows).toEqual([{ jobs: 36, tries: 1, crashes: 0 }]);
});

async function someRun(first: number): Promise<boolean> {
  const { rows } = await pool.query(
    `SELECT 1 FROM jobs WHERE user_id BETWEEN $1 AND $1::int + 20 AND state = 'running' LIMIT 1`,
    [first],
  );
  return rows.length > 0;
}
