/** Several nodes over one PostgreSQL: LISTEN/NOTIFY to be quick, rows and leases to be sure. */
import type { Log } from '../../log.ts';
import type { PgDb } from '../../store/postgres/open.ts';
import type { Cluster } from '../cluster.ts';
import { CHANNEL } from '../messages.ts';
import { pgBus } from './bus.ts';
import { duties } from './duties.ts';
import { createHeartbeat } from './heartbeat.ts';
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
  const { db, url, nodeId, bootId, log, compareClocks } = options;
  const times = { ...TIMES, ...options.times };
  const roll = pgRoll({ db, nodeId, bootId, aliveMs: times.alive });
  const leases = pgLeases({ db, bootId, ttlMs: times.lease });
  const bus = pgBus({ db, bootId, log });
  const beat = createHeartbeat({
    ...{ nodeId, roll, leases, compareClocks, everyMs: times.beat, log },
  });
  bus.on('drain', ({ node, on }) => {
    if (node === nodeId) beat.drain(on);
  });
  await beat.enter();
  const listener = await listen({
    ...{ url, channel: CHANNEL, log, onText: bus.hear, onListening: bus.readAnew },
  });
  const poll = setInterval(bus.readAnew, times.poll).unref();
  const draining = () => beat.draining;
  const onDuty = duties({ leases, draining, everyMs: times.beat, log });
  beat.start();

  return {
    ...{ nodeId, bootId, shared: true },
    ...{ publish: bus.publish, on: bus.on, onMissed: bus.onMissed },
    once: (name) => leases.take(name),
    holds: (name) => leases.holds(name),
    release: (name) => leases.release(name),
    duty: onDuty.add,
    nodes: () => roll.list(),
    ...{ living: beat.living, describe: beat.describe, onCount: beat.onCount },
    get draining() {
      return beat.draining;
    },
    async setDraining(node, wish) {
      if (!(await roll.setDraining(node, wish))) return false;
      if (node === nodeId) beat.drain(wish);
      else await bus.publish({ kind: 'drain', node, on: wish });
      return true;
    },
    onDraining: beat.onDraining,
    async close() {
      const stopped = beat.stop();
      clearInterval(poll);
      await onDuty.close();
      await stopped;
      await listener.close();
      // Out of reach, the row and the leases run out by themselves.
      await Promise.all([leases.releaseAll(), roll.leave()]).catch((err) =>
        log.warn({ err }, 'the other nodes learn only later that this one has left'),
      );
    },
  };
}
