/** What a fleet uses while something happens to it: memory, processor, the length of its queues. */
import pg from 'pg';
import { childrenLike, cpuOfTree, pssOf, pssOfTree } from '../bench/process-tree.ts';
import type { Crowd } from './crowd.ts';
import type { Fleet } from './fleet.ts';

export interface Watched {
  queuedPeak: number;
  pendingPeak: number;
  peakMb: number[];
  nodeMb: number[];
  cpu: { nodes: number; database: number; edge: number; telegram: number; site: number };
}

const MB = 1024 * 1024;
const EVERY_MS = 5_000;
const LENGTHS = `SELECT (SELECT count(*) FROM jobs WHERE state = 'queued')::int AS queued,
  (SELECT count(*) FROM updates WHERE state = 'pending')::int AS pending`;

/** From now until `stop`; `edge` is the process that runs the edge. */
export async function watchFleet(
  fleet: Fleet<Crowd>,
  edge: number,
): Promise<{ stop(): Promise<Watched> }> {
  const { nodes, database, telegram, site } = fleet;
  const client = new pg.Client({ connectionString: fleet.databaseUrl });
  await client.connect();
  const peaks = { queued: 0, pending: 0, tree: nodes.map(() => 0), node: nodes.map(() => 0) };

  async function look(): Promise<void> {
    for (const [at, { pid }] of nodes.entries()) {
      peaks.tree[at] = Math.max(peaks.tree[at] ?? 0, pssOfTree(pid) / MB);
      peaks.node[at] = Math.max(peaks.node[at] ?? 0, pssOf(pid) / MB);
    }
    const { rows } = await client.query<{ queued: number; pending: number }>(LENGTHS);
    peaks.queued = Math.max(peaks.queued, rows[0]?.queued ?? 0);
    peaks.pending = Math.max(peaks.pending, rows[0]?.pending ?? 0);
  }
  const edges = childrenLike(edge, 'workerd');
  const trees = (pids: readonly number[]) => pids.reduce((sum, pid) => sum + cpuOfTree(pid), 0);
  const cpu = () => ({
    nodes: trees(nodes.map(({ pid }) => pid)),
    database: cpuOfTree(database.pid()),
    edge: trees(edges),
    telegram: cpuOfTree(telegram.pid),
    site: cpuOfTree(site.pid),
  });
  const before = cpu();
  const looking = setInterval(() => void look().catch((err) => console.error(err)), EVERY_MS);
  return {
    async stop() {
      clearInterval(looking);
      await look();
      await client.end();
      const now = cpu();
      const used = (part: keyof typeof now) => now[part] - before[part];
      return {
        ...{ queuedPeak: peaks.queued, pendingPeak: peaks.pending },
        ...{ peakMb: peaks.tree.map(Math.round), nodeMb: peaks.node.map(Math.round) },
        cpu: {
          ...{ nodes: used('nodes'), database: used('database'), edge: used('edge') },
          ...{ telegram: used('telegram'), site: used('site') },
        },
      };
    },
  };
}
