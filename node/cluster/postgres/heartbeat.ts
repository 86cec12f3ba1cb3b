/** This node tells that it lives, and learns which others do and whether it shall drain. */
import type { Log } from '../../log.ts';
import type { Cluster, NodeView } from '../cluster.ts';
import { NO_FACTS, type NodeFacts } from '../facts.ts';
import type { Leases } from './leases.ts';
import type { Roll } from './roll.ts';

export interface HeartbeatParts {
  nodeId: string;
  roll: Pick<Roll, 'enter' | 'beat' | 'list'>;
  leases: Pick<Leases, 'renew'>;
  /** Part of every heartbeat. */
  compareClocks?: (() => Promise<void>) | undefined;
  everyMs: number;
  log: Log;
}

export interface Heartbeat
  extends Pick<Cluster, 'living' | 'draining' | 'describe' | 'onCount' | 'onDraining'> {
  /** Enters this node into the list. @throws pg's errors when it cannot be written */
  enter(): Promise<void>;
  start(): void;
  /** An admin's wish about this node. */
  drain(on: boolean): void;
  /** Resolves when the last beat has its answer. */
  stop(): Promise<void>;
}

export function createHeartbeat(parts: HeartbeatParts): Heartbeat {
  const { nodeId, roll, leases, everyMs, log } = parts;
  const counted: ((alive: number) => void)[] = [];
  const drained: ((on: boolean) => void)[] = [];
  let facts: () => NodeFacts = () => NO_FACTS;
  let living: NodeView[] = [];
  let draining = false;
  let silentSince: number | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = Promise.resolve();

  function drain(on: boolean): void {
    if (draining === on) return;
    draining = on;
    log.info({ draining }, on ? 'nothing new is taken from now on' : 'work is taken again');
    for (const handler of drained) handler(on);
  }

  const alive = async () => (await roll.list()).filter((node) => node.alive);

  async function beat(): Promise<void> {
    const found = await roll.beat(facts());
    if (found.replaced)
      log.error({ node: nodeId }, 'another process goes by this name: give each a NODE_NAME');
    // Two under one name would take each other's work for that of a dead one.
    drain(found.draining || found.replaced);
    await leases.renew();
    await parts.compareClocks?.();
    const before = living.length;
    living = await alive();
    if (living.length !== before) for (const handler of counted) handler(living.length);
    if (silentSince !== undefined) log.info('the other nodes can be seen again');
    silentSince = undefined;
  }

  function missed(err: unknown): void {
    if (silentSince === undefined) log.warn({ err }, 'this node could not tell that it lives');
    silentSince ??= Date.now();
  }

  function start(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      beating = beat().catch(missed).finally(start);
    }, everyMs).unref();
  }

  return {
    living: () => living,
    get draining() {
      return draining;
    },
    describe(source) {
      facts = source;
    },
    onCount: (handler) => void counted.push(handler),
    onDraining: (handler) => void drained.push(handler),
    async enter() {
      await roll.enter(facts());
      living = await alive();
    },
    start,
    drain,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await beating;
    },
  };
}
