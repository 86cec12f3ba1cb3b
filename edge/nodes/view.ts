/**
 * What is known of the nodes: asked of `GET /healthz` every few seconds and learned from what
 * they answer to jobs. It lives in the memory of one Worker instance and holds plain facts only,
 * because nothing that is under way in one request may be awaited in another.
 */
import * as v from 'valibot';
import { NodeHealth } from '../../shared/node-health.ts';
import { type EdgeLog, reasonOf } from '../log.ts';
import { type Attempt, at, type SendRequest } from './attempt.ts';

export interface NodeSeen {
  url: string;
  /** Its place in NODE_URL from 1: what the log and /healthz call it, as addresses are private. */
  name: string;
  /** `unknown`: not asked yet. */
  state: 'unknown' | 'up' | 'down';
  /** As it was when it answered last. */
  health?: NodeHealth;
  /** The last sign of life, ms since the epoch. */
  aliveAt: number;
  /** It refused or failed: others are asked first until then, ms since the epoch. */
  avoidUntil: number;
}

export interface NodesView {
  readonly nodes: readonly NodeSeen[];
  /** Asks the nodes again when what is known is too old, and waits for what they say. */
  look(): Promise<void>;
  /** The same for one in a hurry, who waits only where nothing recent is known at all. */
  glance(): Promise<void>;
  /** What the node made of a job. */
  heard(node: NodeSeen, attempt: Attempt): void;
  /** All are known to share one store: what one of them took, all of them know. */
  oneStore(): boolean;
}

export interface ViewOptions {
  urls: readonly string[];
  fetch: SendRequest;
  now: () => number;
  log: EdgeLog;
  /** Lets a probe end after the answer; what is under way would be broken off with it. */
  later: (promise: Promise<unknown>) => void;
  /** ms after which the nodes are asked again. */
  freshMs: number;
  /** ms after which what is known says nothing any more. */
  staleMs: number;
  /** ms a node has to answer: it is a call without work, so silence means trouble. */
  probeMs: number;
}

const AVOID_S = { failed: 10, most: 30 };

/** Both are known to keep what they saw in the same place. */
export const sameStore = (a: NodeSeen, b: NodeSeen): boolean =>
  a === b || (a.health?.cluster !== undefined && a.health.cluster === b.health?.cluster);

export function nodesView(options: ViewOptions): NodesView {
  const { now, freshMs, staleMs } = options;
  const nodes = options.urls.map(
    (url, i): NodeSeen => ({
      ...{ url, name: `node ${i + 1}`, state: 'unknown', aliveAt: 0, avoidUntil: 0 },
    }),
  );
  let askedAt = Number.NEGATIVE_INFINITY;

  const isKnown = () => nodes.every(({ state }) => state !== 'unknown');

  /** Undefined when there is nothing to ask. */
  function askAgain(): Promise<unknown> | undefined {
    if (isKnown() && now() - askedAt < freshMs) return undefined;
    askedAt = now();
    // Nobody waits for a node that was silent last time, unless there is no other.
    const awaited = nodes.filter(({ state }) => state !== 'down');
    const asked = new Map(nodes.map((node) => [node, probe(node, options)]));
    options.later(Promise.all(asked.values()));
    return Promise.all((awaited.length > 0 ? awaited : nodes).map((node) => asked.get(node)));
  }

  return {
    nodes,
    async look() {
      await askAgain();
    },
    async glance() {
      const recent = isKnown() && now() - askedAt < staleMs;
      const answers = askAgain();
      if (!recent) await answers;
    },
    heard(node, attempt) {
      if (attempt.end === 'unknown') node.state = 'down';
      if (attempt.end === 'taken') {
        Object.assign(node, { state: 'up', aliveAt: now(), avoidUntil: 0 });
        return;
      }
      const wanted = attempt.end === 'refused' ? attempt.retryAfter : AVOID_S.failed;
      node.avoidUntil = now() + Math.min(wanted, AVOID_S.most) * 1000;
    },
    oneStore: () => nodes.every((node) => nodes[0] && node.health && sameStore(nodes[0], node)),
  };
}

/** Never throws. */
async function probe(node: NodeSeen, options: ViewOptions): Promise<void> {
  const { fetch: send, probeMs, now, log } = options;
  const before = node.state;
  const askedAt = now();
  try {
    const signal = AbortSignal.timeout(probeMs);
    const response = await send(at(node.url, 'healthz'), { redirect: 'manual', signal });
    node.health = v.parse(NodeHealth, await response.json());
    node.aliveAt = now();
    // 503 and not draining: it is still starting.
    node.state = response.ok || node.health.draining ? 'up' : 'down';
    if (before === 'down' && node.state === 'up') log.info({ node: node.name }, 'A node is back');
  } catch (cause) {
    // Another request has heard of it since: this one was only slow.
    if (node.aliveAt > askedAt) return;
    node.state = 'down';
    if (before !== 'down') {
      log.warn({ node: node.name, reason: reasonOf(cause) }, 'A node does not say how it is');
    }
  }
}
