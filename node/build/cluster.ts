/** The other nodes of the database; with SQLite there are none. */
import { randomUUID } from 'node:crypto';
import { aloneCluster } from '../cluster/alone.ts';
import type { Homes } from '../cluster/boards.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Log } from '../log.ts';
import type { Opened } from './base.ts';

export interface Clustered {
  cluster: Cluster;
  /** One for all nodes of a database, for whoever hands work out. */
  clusterId: string;
  homes?: Homes;
}

export async function buildCluster(parts: {
  nodeId: string;
  bootId: string;
  log: Log;
  opened: Opened;
}): Promise<Clustered> {
  const { nodeId, bootId, opened } = parts;
  const cluster = aloneCluster({ nodeId, bootId });
  opened('cluster', cluster.close);
  // No other node shares what this one has seen, not even one on a copy of its database.
  return { cluster, clusterId: randomUUID() };
}
