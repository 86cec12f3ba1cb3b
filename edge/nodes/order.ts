/** Which node is asked first for a chat, and which after it. */
import type { NodeSeen } from './view.ts';

export interface Order {
  /** The chat: its messages and the buttons under them stay with one node while that is well. */
  key: number;
  /** Without regard to free places, so that the order changes only when a node comes or goes. */
  even: boolean;
  /** ms since the epoch. */
  now: number;
}

/**
 * Weighted rendezvous hashing: every chat has an order of its own, each node is first for a share
 * of the chats that follows its free places, and a node that is gone moves only its own chats.
 * Nodes that refused lately come after the others, those that do not answer come last, and those
 * that drain are left out.
 */
export function inOrder(nodes: readonly NodeSeen[], { key, even, now }: Order): NodeSeen[] {
  return nodes
    .filter(({ health }) => !health?.draining)
    .map((node) => ({
      node,
      rank: rankOf(node, now),
      distance: -Math.log(share(`${key} ${node.url}`)) / (even ? 1 : weightOf(node)),
    }))
    .sort((a, b) => a.rank - b.rank || a.distance - b.distance)
    .map(({ node }) => node);
}

function rankOf({ state, health, avoidUntil }: NodeSeen, now: number): number {
  // One that was never heard of is the least likely to answer, and nothing tells its store.
  if (state === 'down') return health ? 2 : 3;
  return state === 'up' && avoidUntil <= now ? 0 : 1;
}

/**
 * A full node can still queue: the less is waiting there, the better. Where more wait than there is
 * room, a free place is gone before this is read again; it must not draw everybody to one node.
 */
const weightOf = ({ health }: NodeSeen): number => {
  if (!health) return 1;
  const { free, queued } = health;
  return (queued > free ? 0 : free) + 1 / (1 + queued);
};

/** A number between 0 and 1, both left out: FNV-1a, then the last steps of MurmurHash3. */
function share(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  // FNV alone hardly mixes its last letters, and addresses of nodes often differ in those only.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 + 2 ** -33;
}
