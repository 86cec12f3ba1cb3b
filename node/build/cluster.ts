/** The other nodes of the database; with SQLite there are none. */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { aloneCluster } from '../cluster/alone.ts';
import type { Homes } from '../cluster/boards.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { postgresCluster } from '../cluster/postgres/cluster.ts';
import { pgHomes } from '../cluster/postgres/homes.ts';
import type { Log } from '../log.ts';
import type { Opened } from '../releases.ts';
import type { OpenStore } from '../store/open-store.ts';
import { state } from '../store/postgres/schema.ts';

export interface Clustered {
  cluster: Cluster;
  /** One for all nodes of a database, for whoever hands work out. */
  clusterId: string;
  homes?: Homes;
}

export interface ClusterParts extends Pick<OpenStore, 'store'> {
  postgres: OpenStore['postgres'];
  databaseUrl: string | undefined;
  nodeId: string;
  bootId: string;
  log: Log;
  opened: Opened;
}

export async function buildCluster(parts: ClusterParts): Promise<Clustered> {
  const { postgres, databaseUrl: url, nodeId, bootId, log, opened } = parts;
  if (!postgres || !url) {
    const cluster = aloneCluster({ nodeId, bootId });
    opened('cluster', cluster.close);
    // No other node shares what this one has seen, not even one on a copy of its database.
    return { cluster, clusterId: randomUUID() };
  }
  const { db } = postgres;
  const cluster = await postgresCluster({
    ...{ db, url, nodeId, bootId, log },
    compareClocks: postgres.clock.compare,
  });
  opened('cluster', cluster.close);
  return { cluster, clusterId: await nameOfDatabase(parts, db), homes: pgHomes(db) };
}

/** The first node gives it; of two at once the second finds the first's. */
async function nameOfDatabase(
  { store }: ClusterParts,
  db: NonNullable<OpenStore['postgres']>['db'],
) {
  const made = randomUUID();
  await db
    .insert(state)
    .values({ space: 'cluster', name: 'id', value: JSON.stringify(made), updatedAt: Date.now() })
    .onConflictDoNothing();
  return (await store.state.get('cluster', 'id', v.string())) ?? made;
}
