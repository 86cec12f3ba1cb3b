import { afterAll, beforeAll } from 'vitest';
import { type PgNode, type PgNodes, pgNodes } from '../../../support/pg-nodes.ts';
import { type Server, startPostgres } from '../../../support/postgres.ts';
import { jobSuite } from '../../../support/store-suite/jobs.ts';

let server: Server;
let cluster: PgNodes;
let node: PgNode;
beforeAll(async () => {
  server = await startPostgres();
  cluster = await pgNodes(server.url);
  node = await cluster.node('a');
});
afterAll(async () => {
  await cluster.close();
  await server.stop();
});

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
