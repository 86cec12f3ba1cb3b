/**
 * The hand-over to one of several nodes. An update reaches the store of one node only:
 *
 * - a node that certainly refused is followed by the next one in the order of the chat;
 * - a node whose answer was lost may have stored the job. Only a node that shares its store is
 *   asked after it, because that one recognises the update; else Telegram is to send it again,
 *   and then it goes to the same node.
 */
import type { HandOver, JobRequest } from '../../shared/wire.ts';
import { handOverOf, unreachable } from '../forward.ts';
import { type EdgeLog, silent } from '../log.ts';
import type { Assignments } from './assignments.ts';
import { type Attempt, type SendRequest, signedJob, workerFetch } from './attempt.ts';
import { inOrder } from './order.ts';
import { type NodeSeen, type NodesView, nodesView, sameStore } from './view.ts';

export interface NodesOptions {
  /** Two or more; the place in the list is the node's name in the log. */
  urls: readonly string[];
  /** `NODE_SECRET`, the same at every node. */
  secret: string;
  assignments: Assignments;
  /** See `ViewOptions`. */
  later: (promise: Promise<unknown>) => void;
  fetch?: SendRequest;
  now?: () => number;
  log?: EdgeLog;
  /** ms; see `ViewOptions`. */
  freshMs?: number;
  staleMs?: number;
  probeMs?: number;
  /** ms one node has for a job. */
  tryMs?: number;
  /** ms all of them have together: Telegram waits longer. */
  totalMs?: number;
}

const MAX_TRIES = 3;
/** A node on another continent needs about a second for a connection of its own. */
const TIMES = { freshMs: 3000, staleMs: 15_000, probeMs: 2000, tryMs: 4000, totalMs: 9000 };

type Nodes = Required<NodesOptions> & { view: NodesView };

export interface ManyNodes {
  handOver(request: JobRequest): Promise<HandOver>;
  view: NodesView;
}

export function manyNodes(options: NodesOptions): ManyNodes {
  const all = { fetch: workerFetch, now: Date.now, log: silent, ...TIMES, ...options };
  const view = nodesView(all);
  return { handOver: (request) => handOver({ ...all, view }, request), view };
}

async function handOver(nodes: Nodes, request: JobRequest): Promise<HandOver> {
  const { view, now, totalMs, tryMs } = nodes;
  const until = now() + totalMs;
  // A slow answer about the health of a node must not become a slow answer to Telegram.
  await view.glance();
  const even = !view.oneStore();
  const order = inOrder(view.nodes, { key: request.chat.id, even, now: now() });
  const way = wayOf(nodes, request.updateId, even);
  const attempt = await signedJob(request, nodes);
  const ends: Attempt[] = [];
  for (const node of order) {
    const left = until - now();
    if (ends.length === MAX_TRIES || left <= 0) break;
    if (!(await way.isOpen(node))) continue;
    const end = await attempt(node.url, node.name, Math.min(tryMs, left));
    view.heard(node, end);
    if (end.end === 'taken') return { taken: end.taken };
    if (end.end === 'unknown') way.mayHave(node);
    ends.push(end);
  }
  return soonest(ends);
}

/** All refused: the first to have room again sets the pause. */
function soonest(ends: readonly Attempt[]): HandOver {
  const full = ends.flatMap((end) => (end.end === 'refused' && end.full ? [end] : []));
  const [first] = full.sort((a, b) => a.retryAfter - b.retryAfter);
  return first ? handOverOf(first) : unreachable;
}

/** Where one update may still go. `noted`: its node is written down before it is asked. */
function wayOf({ view, urls, assignments, now }: Nodes, updateId: number, noted: boolean) {
  const holders = new Set<NodeSeen>();
  let given: NodeSeen | undefined;

  const isSafe = (node: NodeSeen) => [...holders].every((holder) => sameStore(holder, node));

  async function give(node: NodeSeen): Promise<void> {
    const answer = await assignments.give({ updateId, node: node.url, among: urls, now: now() });
    given = view.nodes.find(({ url }) => url === answer.node);
    if (given && !answer.first) holders.add(given);
  }

  return {
    mayHave: (node: NodeSeen) => void holders.add(node),
    async isOpen(node: NodeSeen): Promise<boolean> {
      if (!isSafe(node)) return false;
      if (!noted || (given && sameStore(given, node))) return true;
      // Refused where it was given: it may move on, unless another request gave it there too.
      if (given && !(await assignments.takeBack(updateId, given.url))) {
        holders.add(given);
        return false;
      }
      await give(node);
      return isSafe(node);
    },
  };
}
