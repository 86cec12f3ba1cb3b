/** Nodes as the edge sees them from its side of the wire, for tests that decide what each does. */
import type { SendRequest } from '../../edge/nodes/attempt.ts';
import type { NodeHealth } from '../../shared/node-health.ts';

/**
 * What becomes of a job: `lost` is stored and the answer never arrives, `silent` is neither,
 * `full` is said before the node looks whether it has seen the update.
 */
export type Fate = 'takes' | 'full' | 'refused' | 'lost' | 'silent' | 'unreached' | 'broken';

export interface FakeNode {
  url: string;
  health: Partial<NodeHealth>;
  /** Does not even say how it is. */
  dead: boolean;
  /** Takes jobs, and is too busy to say how it is. */
  dumb: boolean;
  fate: (updateId: number) => Fate;
  /** Update ids that reached it, in order. */
  asked: number[];
  /** How often it was asked for its health. */
  probes: number;
}

/** Nodes with the same `cluster` keep what they saw together. */
export function fakeNodes(clusters: readonly (string | undefined)[]) {
  const nodes = clusters.map(
    (cluster, i): FakeNode => ({
      url: `http://node-${i + 1}.test`,
      health: { ...(cluster && { cluster }), draining: false, free: 4, queued: 0 },
      dead: false,
      dumb: false,
      fate: () => 'takes',
      asked: [],
      probes: 0,
    }),
  );
  /** By store: the updates in it. A node without a cluster has a store of its own. */
  const stores = new Map<string, Set<number>>();
  const storeOf = ({ health, url }: FakeNode) => {
    const name = health.cluster ?? url;
    const store = stores.get(name) ?? new Set<number>();
    stores.set(name, store);
    return store;
  };
  const fetch: SendRequest = async (url, init) => {
    const node = nodes.find((one) => url.startsWith(`${one.url}/`));
    if (!node) throw new TypeError(`nobody is at ${url}`);
    if (url.endsWith('/healthz')) return node.dumb ? untilGivenUp(init.signal) : healthOf(node);
    const { updateId } = JSON.parse(String(init.body)) as { updateId: number };
    return await answer(node, updateId, storeOf(node), init);
  };
  const holders = (updateId: number) =>
    [...stores.values()].filter((store) => store.has(updateId)).length;
  return { nodes, fetch, holders };
}

const gone = () => new Error('Network connection lost.');

function healthOf(node: FakeNode): Response {
  node.probes += 1;
  if (node.dead) throw gone();
  return Response.json(node.health, { status: node.health.draining ? 503 : 200 });
}

async function answer(
  node: FakeNode,
  updateId: number,
  store: Set<number>,
  { signal }: RequestInit,
): Promise<Response> {
  if (node.dead) throw gone();
  node.asked.push(updateId);
  const fate = node.health.draining ? 'full' : node.fate(updateId);
  if (fate === 'full') return new Response(null, { status: 503, headers: { 'retry-after': '5' } });
  if (fate === 'refused') throw gone();
  if (fate === 'unreached') return new Response(null, { status: 521 });
  if (fate === 'silent') return await untilGivenUp(signal);
  const isNew = !store.has(updateId);
  store.add(updateId);
  if (fate === 'lost') throw gone();
  if (fate === 'broken') return new Response(null, { status: 500 });
  return new Response(null, { status: isNew ? 202 : 200 });
}

const untilGivenUp = (signal: RequestInit['signal']) =>
  new Promise<Response>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
