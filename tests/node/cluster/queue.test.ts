import { afterAll, beforeAll, expect, it } from 'vitest';
import { type QueueParts, queueFacts } from '../../../node/admin/queue.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { type PgNode, type PgNodes, pgNodes } from '../../support/pg-nodes.ts';
import { migratedDatabase } from '../../support/shared-postgres.ts';
import { newJob } from '../../support/store.ts';

let cluster: PgNodes;
beforeAll(async () => {
  cluster = await pgNodes(await migratedDatabase());
});
afterAll(() => cluster?.close());

it('/queue names what runs on every node, whichever of them is asked', async () => {
  const [a, b] = [await cluster.node('a'), await cluster.node('b')];
  for (const { id } of [a, b]) await cluster.seen(id);
  for (const userId of [1, 2, 3]) {
    const row = newJob({ userId, site: 'youtube', statusMessageId: 50, createdAt: 1000 });
    await a.jobs.add(row.updateId, [row]);
  }
  const claim = async (node: PgNode, now: number) => {
    const rules = { now, leaseMs: 30_000, perUser: 4, skipSites: [] };
    return (await node.jobs.claim({ bootId: node.bootId, ...rules }))?.id;
  };
  const [first, second] = [await claim(a, 2000), await claim(b, 3000)];
  const asked = (node: PgNode) =>
    queueFacts({
      store: { jobs: node.jobs },
      cluster: { shared: true, living: () => [a, b] },
      ...{ settings: { maintenance: false }, places: () => 16, now: () => 5000 },
    } as unknown as QueueParts);
  const facts = await asked(b);
  expect(facts).toMatchObject({
    ...{ queued: 1, running: 2, waiting: [{ site: 'youtube', jobs: 1 }] },
    now: [
      { id: first, node: 'a', seconds: 3 },
      { id: second, node: 'b', seconds: 2 },
    ],
  });
  expect(await asked(a)).toEqual(facts);
  expect(textsFor('en').admin.queue(facts)).toMatch(/#\d+ [^\n]*, at .a.\n[^\n]*, at .b./);
});
