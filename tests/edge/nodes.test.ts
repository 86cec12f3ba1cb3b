import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import type { Assignments, Giving } from '../../edge/nodes/assignments.ts';
import { KEPT_MS } from '../../edge/nodes/assignments.ts';
import { manyNodes } from '../../edge/nodes/hand-over.ts';
import { inOrder } from '../../edge/nodes/order.ts';
import { nodesReport } from '../../edge/nodes/report.ts';
import type { JobRequest } from '../../shared/wire.ts';
import { type FakeNode, type Fate, fakeNodes } from '../support/fake-nodes.ts';
import { seeded } from '../support/random.ts';

const T0 = 1_700_000_000_000;
const SHARED = ['one', 'one', 'one'];
const APART = ['a', 'b', 'c'];

const job = (updateId: number, chat = updateId): JobRequest => ({
  ...{ v: 1, updateId, receivedAt: T0, chat: { id: chat, type: 'private' }, user: { id: chat } },
  ask: { kind: 'text', text: 'hello' },
});

let objects = 0;
const assignments = (): Assignments => env.ASSIGNMENTS.getByName(`test ${++objects}`);

/** Nodes, and as many instances of the edge as are asked for, on one clock. */
function world(clusters: readonly (string | undefined)[], book = assignments()) {
  const fake = fakeNodes(clusters);
  const clock = { now: T0 };
  const edge = () =>
    manyNodes({
      urls: fake.nodes.map(({ url }) => url),
      ...{ secret: 'k'.repeat(32), assignments: book, fetch: fake.fetch, tryMs: 20, probeMs: 20 },
      later: (promise) => void promise,
      now: () => clock.now,
    });
  const asked = (updateId: number) =>
    fake.nodes.flatMap((node) => node.asked.filter((id) => id === updateId).map(() => node));
  const all = (fate: Fate) => {
    for (const node of fake.nodes) node.fate = () => fate;
  };
  return { ...fake, ...edge(), edge, clock, asked, all, book };
}

const first = (nodes: FakeNode[]): FakeNode => nodes[0] as FakeNode;
const refused = { taken: 'no', reason: 'full', retryAfter: 5 };
const unreachable = { taken: 'no', reason: 'unreachable', retryAfter: 10 };

describe.each([
  ['nodes that share a store', SHARED],
  ['nodes with stores of their own', APART],
])('%s', (_, clusters) => {
  test('one dead, one full, one good: every update is taken exactly once', async () => {
    const { nodes, handOver, asked, holders } = world(clusters);
    const [dead, full] = nodes as [FakeNode, FakeNode];
    dead.dead = true;
    full.fate = () => 'full';
    for (let id = 1; id <= 30; id++) {
      expect(await handOver(job(id))).toEqual({ taken: 'new' });
      expect(holders(id)).toBe(1);
    }
    expect(asked(1).at(-1)).toBe(nodes[2]);
    // It said when to come back, and is left alone until then.
    expect(full.asked.length).toBeLessThan(10);
  });

  test('a refusal is followed by the next node within the same request', async () => {
    const { nodes, handOver, asked } = world(clusters);
    const fates: Fate[] = ['full', 'unreached', 'takes'];
    for (const node of nodes) node.fate = () => fates.shift() ?? 'takes';
    expect(await handOver(job(1))).toEqual({ taken: 'new' });
    expect(new Set(asked(1)).size).toBe(3);
  });

  test('all full: not taken, with the shortest pause', async () => {
    const { handOver, all } = world(clusters);
    all('full');
    expect(await handOver(job(1))).toEqual(refused);
  });

  test('what was sent again goes to the same node first', async () => {
    const { handOver, edge, asked } = world(clusters);
    for (let id = 1; id <= 10; id++) {
      await handOver(job(id));
      expect(await edge().handOver(job(id))).toEqual({ taken: 'seen' });
      expect(new Set(asked(id)).size).toBe(1);
    }
  });

  test('the messages of a chat and the buttons under them stay with one node', async () => {
    const { handOver, nodes } = world(clusters);
    for (let id = 1; id <= 20; id++) await handOver(job(id, 77));
    expect(nodes.map(({ asked }) => asked.length).sort((a, b) => a - b)).toEqual([0, 0, 20]);
  });

  test('a draining node gets nothing, and what was its own when it is back', async () => {
    const { handOver, view, nodes, clock } = world(clusters);
    const node = first(nodes);
    node.health.draining = true;
    for (let id = 1; id <= 30; id++) await handOver(job(id));
    expect(node.asked).toEqual([]);
    node.health.draining = false;
    clock.now += 3000;
    await view.look();
    for (let id = 31; id <= 60; id++) await handOver(job(id));
    expect(node.asked.length).toBeGreaterThan(3);
  });

  test('a dead node is used again after it answers again', async () => {
    const { handOver, view, nodes, clock } = world(clusters);
    const node = first(nodes);
    node.dead = true;
    for (let id = 1; id <= 20; id++) await handOver(job(id));
    node.dead = false;
    clock.now += 3000;
    await view.look();
    for (let id = 21; id <= 60; id++) await handOver(job(id));
    expect(node.asked.length).toBeGreaterThan(3);
  });

  test('how the nodes are is asked every three seconds and not for every update', async () => {
    const { handOver, nodes, clock } = world(clusters);
    for (let id = 1; id <= 20; id++) await handOver(job(id));
    expect(nodes.map(({ probes }) => probes)).toEqual([1, 1, 1]);
    clock.now += 3000;
    await handOver(job(21));
    expect(nodes.map(({ probes }) => probes)).toEqual([2, 2, 2]);
  });
});

test('a slow question for its health does not count against a node that took a job since', async () => {
  const { nodes, view, clock } = world(SHARED);
  await view.look();
  const [node] = view.nodes as [(typeof view.nodes)[number]];
  clock.now += 3000;
  first(nodes).dead = true;
  const asking = view.look();
  clock.now += 1;
  view.heard(node, { end: 'taken', taken: 'new' });
  await asking;
  expect(node.state).toBe('up');
  clock.now += 3000;
  await view.look();
  expect(node.state).toBe('down');
});

test('an update does not wait for nodes that are slow to say how they are', async () => {
  const { nodes, view, handOver, clock } = world(SHARED);
  await view.look();
  for (const node of nodes) node.dumb = true;
  clock.now += 3000;
  const end = new AbortController();
  const later = view.look().finally(() => end.abort());
  expect(await handOver(job(1))).toEqual({ taken: 'new' });
  expect(end.signal.aborted).toBe(false);
  await later;
  expect(view.nodes.map(({ state }) => state)).toContain('down');
});

test('an update waits to hear of the nodes when nothing was heard for long', async () => {
  const { nodes, view, handOver, asked, clock } = world(SHARED);
  await view.look();
  const [good] = nodes;
  for (const node of nodes) node.dead = node !== good;
  clock.now += 15_000;
  await handOver(job(1));
  expect(asked(1)).toEqual([good]);
});

test('a node that was never heard of comes after those that only fail just now', async () => {
  const { nodes, view, clock } = world(SHARED);
  first(nodes).dead = true;
  await view.look();
  for (const node of nodes) node.dead = true;
  clock.now += 3000;
  await view.look();
  const lastOf = (key: number) => inOrder(view.nodes, { key, even: false, now: clock.now }).at(-1);
  for (let chat = 1; chat <= 20; chat++) expect(lastOf(chat)?.name).toBe('node 1');
});

describe('an answer that was lost', () => {
  test.each<Fate>(['lost', 'silent', 'broken', 'refused'])(
    '%s: a node that shares the store is asked next and stores nothing twice',
    async (fate) => {
      const { handOver, nodes, asked, holders } = world(SHARED);
      const fates: Fate[] = [fate];
      for (const node of nodes) node.fate = () => fates.shift() ?? 'takes';
      expect(await handOver(job(1))).toMatchObject({
        taken: /lost|broken/.test(fate) ? 'seen' : 'new',
      });
      expect([new Set(asked(1)).size, holders(1)]).toEqual([2, 1]);
    },
  );

  test.each<Fate>(['lost', 'silent', 'broken', 'refused'])(
    '%s: no other node is asked where stores are separate, not by another instance either',
    async (fate) => {
      const { handOver, edge, all, nodes, asked } = world(APART);
      all(fate);
      expect(await handOver(job(1))).toEqual(unreachable);
      const [mayHave] = asked(1);
      for (const node of nodes) if (node !== mayHave) node.fate = () => 'takes';
      // Full is said before it looks whether it has seen the update: that frees nothing.
      if (mayHave) mayHave.fate = () => 'full';
      await edge().handOver(job(1));
      if (mayHave) mayHave.dead = true;
      await edge().handOver(job(1));
      expect(new Set(asked(1))).toEqual(new Set([mayHave]));
      Object.assign(mayHave ?? {}, { dead: false, fate: () => 'takes' });
      expect(await edge().handOver(job(1))).toMatchObject({
        taken: /lost|broken/.test(fate) ? 'seen' : 'new',
      });
    },
  );

  test('a node that does not name its store stands alone', async () => {
    const { handOver, all, asked } = world([undefined, undefined]);
    all('lost');
    expect(await handOver(job(1))).toEqual(unreachable);
    expect(asked(1)).toHaveLength(1);
  });

  test('an update is free again when its node is no longer among the nodes', async () => {
    const { book } = world(APART);
    const giving = (node: string, among: string[], now = T0): Giving => ({
      ...{ updateId: 1, node, among, now },
    });
    expect(await book.give(giving('a', ['a', 'b']))).toEqual({ node: 'a', first: true });
    expect(await book.give(giving('b', ['a', 'b']))).toEqual({ node: 'a', first: false });
    expect(await book.give(giving('b', ['b', 'c']))).toEqual({ node: 'b', first: true });
    expect(await book.give(giving('c', ['b', 'c'], T0 + KEPT_MS + 1))).toEqual({
      ...{ node: 'c', first: true },
    });
  });

  test('what two requests gave to a node at once, neither of them takes back', async () => {
    const { book } = world(APART);
    const giving = { updateId: 1, node: 'a', among: ['a', 'b'], now: T0 };
    await book.give(giving);
    await book.give(giving);
    expect(await book.takeBack(1, 'a')).toBe(false);
    await book.give({ ...giving, updateId: 2 });
    expect(await book.takeBack(2, 'b')).toBe(false);
    expect(await book.takeBack(2, 'a')).toBe(true);
  });
});

test('the share of a node follows its free places', async () => {
  const { handOver, nodes } = world(SHARED);
  const free = [12, 6, 0];
  for (const [i, node] of nodes.entries()) Object.assign(node.health, { free: free[i], queued: 3 });
  for (let id = 1; id <= 1000; id++) await handOver(job(id));
  const [many, some, none] = nodes.map(({ asked }) => asked.length / 1000) as [
    number,
    number,
    number,
  ];
  expect(many).toBeCloseTo(12.25 / 18.75, 1);
  expect(some).toBeCloseTo(6.25 / 18.75, 1);
  expect(none).toBeLessThan(0.04);
});

test('in a storm a place that is free for a moment does not draw everybody to its node', async () => {
  const { handOver, nodes } = world(SHARED);
  const free = [1, 0, 0];
  for (const [i, node] of nodes.entries())
    Object.assign(node.health, { free: free[i], queued: 900 });
  for (let id = 1; id <= 600; id++) await handOver(job(id));
  const shares = nodes.map(({ asked }) => asked.length / 600);
  expect(Math.min(...shares)).toBeGreaterThan(0.25);
});

test('/healthz tells how each node is, without its address, and whether stores differ', async () => {
  const { nodes, view, clock } = world(['a', 'a', 'b']);
  const [dead, draining] = nodes as [FakeNode, FakeNode];
  dead.dead = true;
  draining.health.draining = true;
  const report = () => nodesReport(view, () => clock.now);
  expect(await report()).toEqual({
    stores: 'separate',
    advice: expect.stringContaining('DATABASE_URL'),
    nodes: [
      { node: 'node 1', state: 'down' },
      { node: 'node 2', state: 'draining', free: 4, queued: 0 },
      { node: 'node 3', state: 'up', free: 4, queued: 0 },
    ],
  });
  expect(JSON.stringify(await report())).not.toContain('http');
  const shared = world(SHARED);
  expect(await nodesReport(shared.view, () => T0)).toMatchObject({ stores: 'shared' });
});

describe('500 updates, nodes that fail at random and two instances of the edge', () => {
  const FATES: Fate[] = ['takes', 'takes', 'full', 'refused', 'lost', 'unreached', 'broken'];

  test.each([
    ['one store', SHARED],
    ['separate stores', APART],
    ['two of three share', ['one', 'one', 'two']],
  ])('%s: each is stored once, none by two', async (_, clusters) => {
    const seed = 20_261_123;
    console.info(`seed ${seed}`);
    const random = seeded(seed);
    const stub = env.ASSIGNMENTS.getByName(`test ${++objects}`);
    // Inside the object, because thousands of calls from outside take half a minute.
    await runInDurableObject(stub, async (object) => {
      const inside = object as Assignments;
      const scene = world(clusters, {
        give: async (giving) => inside.give(giving),
        takeBack: async (...of) => inside.takeBack(...of),
      });
      const edges = [scene, scene.edge()];
      for (const node of scene.nodes) node.fate = () => random.pick(FATES);
      for (let id = 1; id <= 500; id++) {
        for (const node of scene.nodes) node.dead = random.chance(0.15);
        // As Telegram does: again until it is taken, now and then to both at once.
        for (let isTaken = false, n = 0; !isTaken; n++) {
          if (n === 5) for (const node of scene.nodes) Object.assign(node, { dead: false });
          const asked = random.chance(0.2) ? edges : [random.pick(edges)];
          const answers = await Promise.all(
            asked.map(({ handOver }) => handOver(job(id, id % 50))),
          );
          isTaken = answers.some(({ taken }) => taken !== 'no');
          scene.clock.now += random.below(4000);
        }
        expect(scene.holders(id), `update ${id}`).toBe(1);
      }
    });
  });
});
