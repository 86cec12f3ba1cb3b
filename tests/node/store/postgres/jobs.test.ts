import { afterAll, beforeAll } from 'vitest';
import { type PgNode, type PgNodes, pgNodes } from '../../../support/pg-nodes.ts';
import { migratedDatabase } from '../../../support/shared-postgres.ts';
import { jobSuite } from '../../../support/store-suite/jobs.ts';

let cluster: PgNodes;
let node: PgNode;
beforeAll(async () => {
  cluster = await pgNodes(await migratedDatabase());
  node = await cluster.node('a');
});
afterAll(() => cluster?.close());

jobSuite('jobs on PostgreSQL', async () => {
  await cluster.clear();
  return {
    store: node,
    crashes: async (id, n) => {
      await cluster.sql('UPDATE jobs SET crashes = $2 WHERE id = $1', [id, n]);
    },
    tallies: async () =>
      (await cluster.sql('SELECT * FROM tallies')).map((row) => ({
        ...row,
        ...{ jobs: Number(row.jobs), bytes: Number(row.bytes), ms: Number(row.ms) },
      })),
    close: async () => {},
  };
});
