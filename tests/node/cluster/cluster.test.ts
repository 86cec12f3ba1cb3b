import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { aloneCluster } from '../../../node/cluster/alone.ts';
import type { Message } from '../../../node/cluster/messages.ts';
import { eventually, startNode, type TestNode } from '../../support/cluster.ts';
import {
  emptyDatabase,
  type Server,
  startPostgres,
  type TestDatabase,
} from '../../support/postgres.ts';
import { migratedDatabase } from '../../support/shared-postgres.ts';

let database: TestDatabase;
let own: Server | undefined;
const started: TestNode[] = [];
const dead = new Set<TestNode>();

beforeAll(async () => {
  database = await migratedDatabase();
});
afterEach(async () => {
  for (const node of started.splice(0)) {
    await node.cluster.close();
    if (!dead.has(node)) await node.close();
  }
});
afterAll(async () => {
  await database?.drop();
  await own?.stop();
});

async function node(id: string, url = database.url): Promise<TestNode> {
  const one = await startNode(url, id);
  started.push(one);
  return one;
}
async function kill(one: TestNode): Promise<void> {
  dead.add(one);
  await one.die();
}

it('gives what only one may do to one, and to another when its holder has released it', async () => {
  const [a, b] = [await node('a'), await node('b')];
  const both = await Promise.all([a.cluster.once('broadcast'), b.cluster.once('broadcast')]);
  expect(both.filter(Boolean)).toHaveLength(1);
  const [holder, other] = both[0] ? [a, b] : [b, a];
  expect(await holder.cluster.once('broadcast')).toBe(true);
  expect([holder.cluster.holds('broadcast'), other.cluster.holds('broadcast')]).toEqual([
    true,
    false,
  ]);
  await holder.cluster.release('broadcast');
  expect(await other.cluster.once('broadcast')).toBe(true);
});

it('keeps a lease over many times its length while the holder lives, and passes it on when it dies', async () => {
  const [a, b] = [await node('a'), await node('b')];
  expect(await a.cluster.once('alerts')).toBe(true);
  for (const end = Date.now() + 1_700; Date.now() < end; ) {
    expect(await b.cluster.once('alerts')).toBe(false);
    await new Promise((done) => setTimeout(done, 50));
  }
  await kill(a);
  await eventually(() => b.cluster.once('alerts'));
  // Cut off, the old holder knows by itself that it may not go on.
  expect(a.cluster.holds('alerts')).toBe(false);
});

it('runs a duty on one node and moves it when that node dies or drains', async () => {
  const [a, b] = [await node('a'), await node('b')];
  const on = new Set<string>();
  let most = 0;
  const duty = (name: string) => async (signal: AbortSignal) => {
    on.add(name);
    most = Math.max(most, on.size);
    await new Promise<void>((done) => signal.addEventListener('abort', () => done()));
    on.delete(name);
  };
  a.cluster.duty('polling', duty('a'));
  await eventually(() => on.has('a'));
  b.cluster.duty('polling', duty('b'));
  await b.cluster.setDraining('a', true);
  await eventually(() => on.has('b'));
  expect(a.cluster.draining).toBe(true);
  await a.cluster.setDraining('a', false);
  await kill(b);
  await eventually(() => on.has('a') && !on.has('b'));
  expect(most).toBe(1);
});

it('carries a message to every other node and not back to its sender', async () => {
  const [a, b, c] = [await node('a'), await node('b'), await node('c')];
  const heard: [string, Message][] = [];
  for (const [name, { cluster }] of Object.entries({ a, b, c })) {
    cluster.on('stop', (message) => heard.push([name, message]));
  }
  await a.cluster.publish({ kind: 'stop', jobId: 7 });
  await eventually(() => heard.length === 2);
  expect(heard.map(([name]) => name).sort()).toEqual(['b', 'c']);
  expect(heard[0]?.[1]).toMatchObject({ kind: 'stop', jobId: 7 });
});

it('lists the living and the gone with what they say of themselves', async () => {
  const [a, b] = [await node('a'), await node('b')];
  b.cluster.describe(() => ({ places: 8, running: 3, busy: [], trouble: [], version: '1.2.3' }));
  const seen = async () => (await a.cluster.nodes()).find(({ id }) => id === 'b');
  await eventually(async () => (await seen())?.facts.running === 3);
  expect(await seen()).toMatchObject({ alive: true, here: false, facts: { version: '1.2.3' } });
  await eventually(() => a.cluster.living().length === 2);
  await kill(b);
  await eventually(() => a.cluster.living().length === 1);
  expect(await seen()).toMatchObject({ alive: false });
});

it('leaves no row when it ends as it should, and the latest start when it was killed', async () => {
  const [a, b] = [await node('a'), await node('b')];
  await b.cluster.close();
  expect((await a.cluster.nodes()).map(({ id }) => id)).toEqual(['a']);
  await kill(a);
  const again = await node('a');
  expect(await again.cluster.nodes()).toMatchObject([
    { id: 'a', bootId: again.cluster.bootId, alive: true, here: true },
  ]);
});

it('drains the older of two processes of one name, so that neither takes work for dead', async () => {
  const [first, second] = [await node('same'), await node('same')];
  await eventually(() => first.cluster.draining);
  expect(second.cluster.draining).toBe(false);
});

it('hears again after the database crashed and came back, and knows that it missed something', async () => {
  own = await startPostgres();
  const server = own;
  const { url } = await emptyDatabase(server.url);
  const [a, b] = [await node('a', url), await node('b', url)];
  const heard: Message[] = [];
  let missed = 0;
  b.cluster.on('kick', (message) => heard.push(message));
  b.cluster.onMissed(() => {
    missed += 1;
  });
  expect(await a.cluster.once('alerts')).toBe(true);
  await server.crash();
  const meanwhile = a.cluster.publish({ kind: 'kick' });
  await server.start();
  await meanwhile;
  await eventually(() => missed > 0);
  await a.cluster.publish({ kind: 'kick' });
  await eventually(() => heard.length > 0);
  await eventually(() => a.cluster.once('alerts'));
});

it('is a cluster of one without PostgreSQL: every turn is its own', async () => {
  const cluster = aloneCluster({ nodeId: 'only', bootId: 'boot', now: () => 5 });
  const ran: string[] = [];
  cluster.duty('polling', async (signal) => {
    ran.push('begun');
    await new Promise<void>((done) => signal.addEventListener('abort', () => done()));
    ran.push('ended');
  });
  expect([await cluster.once('x'), cluster.holds('x'), cluster.shared]).toEqual([
    true,
    true,
    false,
  ]);
  expect(await cluster.nodes()).toMatchObject([{ id: 'only', alive: true, here: true }]);
  await cluster.close();
  expect(ran).toEqual(['begun', 'ended']);
});
