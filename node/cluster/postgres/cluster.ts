/** Several nodes over one PostgreSQL: LISTEN/NOTIFY to be quick, rows and leases to be sure. */
import { sql } from 'drizzle-orm';
import type { Log } from '../../log.ts';
import type { PgDb } from '../../store/postgres/open.ts';
import type { Cluster, NodeView } from '../cluster.ts';
import { NO_FACTS, type NodeFacts } from '../facts.ts';
import { CHANNEL, type Handler, type Message, packed, unpacked } from '../messages.ts';
import { duties } from './duties.ts';
import { pgLeases } from './leases.ts';
import { listen } from './listener.ts';
import { pgRoll } from './roll.ts';

export interface PostgresClusterOptions {
  db: PgDb;
  url: string;
  nodeId: string;
  bootId: string;
  log: Log;
  /** Part of every heartbeat. */
  compareClocks?: () => Promise<void>;
  /** ms between heartbeats, of a lease, until a silent node counts as gone, and of the slow poll. */
  times?: Partial<typeof TIMES>;
}

const TIMES = { beat: 5_000, lease: 15_000, alive: 20_000, poll: 60_000 };

/** Enters this node into the list. @throws pg's errors when the database cannot be written. */
export async function postgresCluster(options: PostgresClusterOptions): Promise<Cluster> {
  const { db, url, nodeId, bootId, log } = options;
  const times = { ...TIMES, ...options.times };
  const roll = pgRoll({ db, nodeId, bootId, aliveMs: times.alive });
  const leases = pgLeases({ db, bootId, ttlMs: times.lease });
  const handlers = new Map<string, ((message: Message) => void)[]>();
  const missed: (() => void)[] = [];
  const counted: ((alive: number) => void)[] = [];
  const drained: ((on: boolean) => void)[] = [];
  let facts: () => NodeFacts = () => NO_FACTS;
  let living: NodeView[] = [];
  let draining = false;
  let silentSince: number | undefined;
  let closed = false;

  const setLocalDraining = (on: boolean) => {
    if (draining === on) return;
    draining = on;
    log.info({ draining }, on ? 'nothing new is taken from now on' : 'work is taken again');
    for (const handler of drained) handler(on);
  };

  async function beat(): Promise<void> {
    const found = await roll.beat(facts());
    if (found.replaced)
      log.error({ node: nodeId }, 'another process goes by this name: give each a NODE_NAME');
    // Two under one name would take each other's work for that of a dead one.
    setLocalDraining(found.draining || found.replaced);
    await leases.renew();
    await options.compareClocks?.();
    setLiving((await roll.list()).filter(({ alive }) => alive));
    if (silentSince !== undefined) log.info('the other nodes can be seen again');
    silentSince = undefined;
  }

  function setLiving(next: NodeView[]): void {
    const before = living.length;
    living = next;
    if (next.length !== before) for (const handler of counted) handler(next.length);
  }

  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = Promise.resolve();
  function schedule(): void {
    if (closed) return;
    timer = setTimeout(() => {
      beating = beat()
        .catch((err) => {
          if (silentSince === undefined)
            log.warn({ err }, 'this node could not tell that it lives');
          silentSince ??= Date.now();
        })
        .finally(schedule);
    }, times.beat).unref();
  }

  function hear(text: string): void {
    const heard = unpacked(text);
    if (!heard || heard.from === bootId) return;
    for (const handler of handlers.get(heard.message.kind) ?? []) handler(heard.message);
  }
  const readAnew = () => {
    for (const handler of missed) handler();
  };
  const on = <K extends Message['kind']>(kind: K, handler: Handler<K>) => {
    const all = handlers.get(kind) ?? [];
    handlers.set(kind, [...all, handler as (message: Message) => void]);
  };
  on('drain', ({ node, on: wish }) => {
    if (node === nodeId) setLocalDraining(wish);
  });

  async function publish(message: Message): Promise<void> {
    try {
      await db.execute(sql`SELECT pg_notify(${CHANNEL}, ${packed(message, bootId)})`);
    } catch (err) {
      log.warn({ kind: message.kind, err }, 'the other nodes could not be told');
    }
  }

  await roll.enter(facts());
  living = (await roll.list()).filter(({ alive }) => alive);
  const listener = await listen({
    ...{ url, channel: CHANNEL, log, onText: hear, onListening: readAnew },
  });
  const poll = setInterval(readAnew, times.poll).unref();
  const onDuty = duties({ leases, draining: () => draining, everyMs: times.beat, log });
  schedule();

  return {
    ...{ nodeId, bootId, shared: true, publish, on },
    once: (name) => leases.take(name),
    holds: (name) => leases.holds(name),
    release: (name) => leases.release(name),
    duty: onDuty.add,
    onMissed: (handler) => void missed.push(handler),
    describe(source) {
      facts = source;
    },
    nodes: () => roll.list(),
    living: () => living,
    onCount: (handler) => void counted.push(handler),
    get draining() {
      return draining;
    },
    async setDraining(node, wish) {
      if (!(await roll.setDraining(node, wish))) return false;
      if (node === nodeId) setLocalDraining(wish);
      else await publish({ kind: 'drain', node, on: wish });
      return true;
    },
    onDraining: (handler) => void drained.push(handler),
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(poll);
      await onDuty.close();
      await beating;
      await listener.close();
      // Out of reach, the row and the leases run out by themselves.
      await Promise.all([leases.releaseAll(), roll.leave()]).catch((err) =>
        log.warn({ err }, 'the other nodes learn only later that this one has left'),
      );
    },
  };
}
