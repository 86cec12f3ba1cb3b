import { expect, it, vi } from 'vitest';
import { aloneCluster } from '../../../node/cluster/alone.ts';
import { aliveIn } from '../../../node/cluster/cluster.ts';
import { NO_FACTS } from '../../../node/cluster/facts.ts';

it('counts the nodes before each message without measuring the machine', async () => {
  const cluster = aloneCluster({ nodeId: 'a', bootId: 'b' });
  const facts = vi.fn(() => ({ ...NO_FACTS, running: 3 }));
  cluster.describe(facts);
  expect(aliveIn(cluster)).toBe(1);
  expect(facts).not.toHaveBeenCalled();
  const [here] = await cluster.nodes();
  expect(here?.facts.running).toBe(3);
});
