/** A cluster of one: everything is its own turn, and there is nobody to call out to. */
import type { Cluster, NodeView } from './cluster.ts';
import { NO_FACTS, type NodeFacts } from './facts.ts';

export interface AloneOptions {
  nodeId: string;
  bootId: string;
  now?: () => number;
}

export function aloneCluster({ nodeId, bootId, now = Date.now }: AloneOptions): Cluster {
  const startedAt = now();
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  const drainHandlers: ((on: boolean) => void)[] = [];
  let draining = false;
  let facts: () => NodeFacts = () => NO_FACTS;
  const here = (): NodeView => ({
    ...{ id: nodeId, bootId, startedAt, seenAt: now(), alive: true },
    ...{ draining, here: true },
    // Looked at the disk and the memory: whoever counts nodes before each message asks for none.
    get facts() {
      return facts();
    },
  });
  return {
    ...{ nodeId, bootId, shared: false },
    once: async () => true,
    holds: () => true,
    async release() {},
    duty(_name, run) {
      running.push(run(stopping.signal));
    },
    async publish() {},
    on() {},
    onMissed() {},
    describe(source) {
      facts = source;
    },
    nodes: async () => [here()],
    living: () => [here()],
    onCount() {},
    get draining() {
      return draining;
    },
    async setDraining(node, on) {
      if (node !== nodeId) return false;
      draining = on;
      for (const handler of drainHandlers) handler(on);
      return true;
    },
    onDraining: (handler) => void drainHandlers.push(handler),
    async close() {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}
