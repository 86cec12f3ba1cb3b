import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BEGIN, transaction } from '../../../../node/store/postgres/transaction.ts';
import type { JobRow, NewJob } from '../../../../node/store/schema.ts';
import { type PgNode, type PgNodes, pgNodes } from '../../../support/pg-nodes.ts';
import { emptyDatabase, type Server, startPostgres } from '../../../support/postgres.ts';
import { newJob } from '../../../support/store.ts';

const NOW = 1_000_000;
let server: Server;
let cluster: PgNodes;
let [a, b, c] = [] as unknown as [PgNode, PgNode, PgNode];
beforeAll(async () => {
  // What is committed unsynced stays in memory until somebody waits for the disk.
  server = await startPostgres({ wal_writer_delay: '10s' });
  cluster = await pgNodes(await emptyDatabase(server.url));
  // All at once, as after an upgrade: each finds the engine's tables made, or makes them.
  const { node } = cluster;
  [a, b, c] = await Promise.all([node('a'), node('b'), node('c')]);
});
afterAll(async () => {
  await cluster?.close();
  await server?.stop();
});
beforeEach(() => cluster.clear());

const add = async (node: PgNode, change: Partial<NewJob> = {}) => {
  const row = newJob({ statusMessageId: 50, createdAt: NOW, ...change });
  return (await node.jobs.add(row.updateId, [row]))[0] as JobRow;
};
const claimed = async ({ jobs, bootId }: PgNode) =>
  (await jobs.claim({ bootId, now: NOW, leaseMs: 30_000, perUser: 4, skipSites: [] })) as JobRow;

describe('a database that crashes', () => {
  it('loses nothing that was accepted, and is waited for', async () => {
    const accepted: number[] = [];
    for (let n = 0; n < 9; n++) accepted.push((await add(a, { userId: n })).id);
    const running = [await claimed(a), await claimed(b)] as const;
    accepted.push((await add(a, { userId: 80 })).id);
    await server.crash();
    const during = Promise.all([
      add(b, { userId: 90 }),
      a.jobs.end(running[0], { state: 'done', now: NOW }),
      b.jobs.beginSending(running[1]),
      b.jobs.beat(b.bootId, 0, [running[1].id]),
      claimed(c),
    ]);
    await server.start();
    const [added, ended, sending, , next] = await during;
    expect([ended, sending, next.state]).toEqual([true, true, 'running']);
    const known = await cluster.sql('SELECT id::int FROM jobs ORDER BY id');
    expect(known.map(({ id }) => id)).toEqual([...accepted, added.id]);
    expect(await b.jobs.end(running[1], { state: 'done', now: NOW })).toBe(true);
    expect(a.ended.map(({ id }) => id)).toEqual([running[0].id]);
  });

  it('may take back a claim, and then the run that had it can send nothing', async () => {
    const job = await add(a);
    const before = await claimed(a);
    await server.crash();
    await server.start();
    expect((await a.jobs.find(job.id))?.state).toBe('queued');
    const after = await claimed(a);
    expect(after.attempt).toBe(before.attempt);
    expect(await a.jobs.beginSending(before)).toBe(false);
    expect(await a.jobs.beginSending(after)).toBe(true);
  });

  it('fails the transaction whose connection breaks, and nothing else', async () => {
    const cut = transaction(a.opened.pool, BEGIN, async ({ db }) => {
      const { rows } = await db.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
      await cluster.sql('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await db.execute(sql`SELECT pg_sleep(10)`);
    });
    await expect(cut).rejects.toThrow();
    expect((await add(a)).state).toBe('queued');
  });

  it('is asked again over a new connection when one breaks before anything was asked', async () => {
    const job = await add(a);
    for (let n = 0; n < 5; n++) {
      await cluster.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`);
      expect(await claimed(a)).toMatchObject(n === 0 ? { id: job.id } : {});
      await add(a, { userId: 100 + n });
    }
  });
});
