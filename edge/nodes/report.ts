/** What `GET /healthz` of the edge tells about the nodes: anyone may read it, so no addresses. */
import { type NodeSeen, type NodesView, sameStore } from './view.ts';

const APART =
  'The nodes do not share a store: a button is answered by the node that sent it only, and an ' +
  'update whose answer was lost waits for its node. Give all of them one DATABASE_URL.';

export interface NodesReport {
  /** `unknown`: not all of them have answered yet. */
  stores: 'shared' | 'separate' | 'unknown';
  advice?: string;
  nodes: object[];
}

export async function nodesReport(view: NodesView, now: () => number): Promise<NodesReport> {
  await view.look();
  const stores = storesOf(view);
  return {
    stores,
    ...(stores === 'separate' && { advice: APART }),
    nodes: view.nodes.map((node) => ({ node: node.name, ...factsOf(node, now()) })),
  };
}

function storesOf({ nodes, oneStore }: NodesView): NodesReport['stores'] {
  if (oneStore()) return 'shared';
  const known = nodes.filter(({ health }) => health !== undefined);
  const [first] = known;
  return known.some((node) => first && !sameStore(first, node)) ? 'separate' : 'unknown';
}

function factsOf({ state, health, avoidUntil }: NodeSeen, now: number): object {
  if (state !== 'up' || !health) return { state };
  const { free, queued, version, draining } = health;
  const busy = avoidUntil > now ? 'avoided' : 'up';
  return { state: draining ? 'draining' : busy, free, queued, ...(version && { version }) };
}
