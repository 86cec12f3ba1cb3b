/** Several nodes' stores of jobs on one database, as several processes would have them. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { CHANNEL } from '../../node/cluster/messages.ts';
import { type Engine, startEngine } from '../../node/store/postgres/engine.ts';
import { type PgJobs, pgJobStore } from '../../node/store/postgres/job-store.ts';
import { pgMenuStore } from '../../node/store/postgres/menus.ts';
import { type OpenedPostgres, openPostgres } from '../../node/store/postgres/open.ts';
import type { JobRow } from '../../node/store/schema.ts';
import type { TestDatabase } from './postgres.ts';
import { PG_MIGRATIONS } from './shared-postgres.ts';

export interface PgNode {
  id: string;
  bootId: string;
  jobs: PgJobs;
  menus: ReturnType<typeof pgMenuStore>;
  engine: Engine;
  opened: OpenedPostgres;
  ended: JobRow[];
}

const silent = { warn: () => {} };
/** No look for ended leases by itself: the tests look when they want to. */
const NEVER_S = 3600;

export async function pgNodes(database: TestDatabase) {
  const nodes: PgNode[] = [];
  const admin = new pg.Pool({ connectionString: database.url, max: 2 });
  admin.on('error', () => {});
  const listening: pg.Client[] = [];
  return {
    url: database.url,
    sql: async (text: string, values: unknown[] = []) => (await admin.query(text, values)).rows,
    async node(id: string, lookEveryS = NEVER_S): Promise<PgNode> {
      const opened = await openPostgres({
        url: database.url,
        migrationsDir: PG_MIGRATIONS,
        onError: () => {},
      });
      const engine = await startEngine({ quickPool: opened.quickPool, log: silent, lookEveryS });
      const ended: JobRow[] = [];
      const bootId = randomUUID();
      const parts = {
        opened,
        engine,
        nodeId: id,
        bootId,
        onEnded: (job: JobRow) => ended.push(job),
      };
      const jobs = pgJobStore(parts);
      const node = { id, bootId, jobs, menus: pgMenuStore(parts) };
      nodes.push({ ...node, engine, opened, ended });
      return { ...node, engine, opened, ended };
    },
    /** The node's heartbeat was seen so many ms ago. */
    async seen(id: string, msAgo = 0) {
      await admin.query(
        `INSERT INTO nodes (id, boot_id, started_at, seen_at, facts)
         VALUES ($1, 'b', 0, extract(epoch FROM now()) * 1000 - $2, '{}')
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
        [id, msAgo],
      );
    },
    /** What the nodes call out to each other from now on. */
    async listen(): Promise<unknown[]> {
      const heard: unknown[] = [];
      const client = new pg.Client({ connectionString: database.url });
      client.on('notification', ({ payload = '' }) => heard.push(JSON.parse(payload)));
      client.on('error', () => {});
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      listening.push(client);
      return heard;
    },
    async clear() {
      await admin.query(`DELETE FROM jobs; DELETE FROM updates; DELETE FROM state;
        DELETE FROM tallies; DELETE FROM timings; DELETE FROM nodes; DELETE FROM pgboss.job`);
    },
    async close() {
      for (const { engine, opened } of nodes) {
        await engine.close();
        await opened.close();
      }
      for (const client of listening) await client.end();
      await admin.end();
      await database.drop();
    },
  };
}

export type PgNodes = Awaited<ReturnType<typeof pgNodes>>;
