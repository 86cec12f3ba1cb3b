/** Nodes are upgraded one after the other: for a while two releases work on one database. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../../../node/store/postgres/open.ts';
import { type PgNodes, pgNodes } from '../../../support/pg-nodes.ts';
import {
  migratedDatabase,
  PG_MIGRATIONS,
  unusedDatabase,
} from '../../../support/shared-postgres.ts';
import { newJob } from '../../../support/store.ts';

const files = readdirSync(PG_MIGRATIONS).filter((name) => name.endsWith('.sql'));

/** What an older release would fail at, or lose. */
const TAKES_AWAY =
  /\bDROP\s+(TABLE|COLUMN|FUNCTION)|\bRENAME\b|\bTYPE\b|\bSET NOT NULL|ADD COLUMN (?!.*DEFAULT)[^;]*NOT NULL|\bTRUNCATE\b/i;

/** No node of an earlier release ever ran on what these made. */
const OF_THE_FIRST_RELEASE = 4;

it('migrations only add, so that the release before goes on beside them', () => {
  const taking = files
    .slice(OF_THE_FIRST_RELEASE)
    .filter((name) => TAKES_AWAY.test(readFileSync(join(PG_MIGRATIONS, name), 'utf8')));
  expect(taking).toEqual([]);
  const moved = 'ALTER TABLE "jobs" ALTER COLUMN "at" SET DATA TYPE bigint';
  const added = 'ALTER TABLE "jobs" ADD COLUMN "mood" text DEFAULT \'good\' NOT NULL';
  expect([moved, added].map((sql) => TAKES_AWAY.test(sql))).toEqual([true, false]);
});

it('several nodes that start at once on an empty database make its tables once', async () => {
  const database = await unusedDatabase();
  const open = () =>
    openPostgres({ url: database.url, migrationsDir: PG_MIGRATIONS, onError: () => {} });
  const opened = await Promise.all([open(), open(), open(), open()]);
  const { rows } = await opened[0].pool.query(
    'SELECT count(*)::int AS made FROM drizzle.__drizzle_migrations',
  );
  await Promise.all(opened.map((one) => one.close()));
  await database.drop();
  expect(rows).toEqual([{ made: files.length }]);
});

describe('beside a newer release', () => {
  let nodes: PgNodes;
  beforeAll(async () => {
    nodes = await pgNodes(await migratedDatabase());
  });
  afterAll(() => nodes?.close());

  const rules = { bootId: '', now: 10_000, leaseMs: 30_000, perUser: 4, skipSites: [] };

  it('a node goes on, and another of its release can still start', async () => {
    const running = await nodes.node('old');
    await nodes.seen('old');
    const [before, after] = [newJob({ quiet: 1 }), newJob({ quiet: 1 })];
    await running.jobs.add(before.updateId, [before]);
    const claimed = await running.jobs.claim({ ...rules, bootId: running.bootId });
    await nodes.sql(`ALTER TABLE jobs ADD COLUMN mood text NOT NULL DEFAULT 'good';
      CREATE TABLE moods (id bigint PRIMARY KEY);
      INSERT INTO drizzle.__drizzle_migrations (hash, created_at)
      VALUES ('of a later release', extract(epoch FROM now())::bigint * 1000 + 1)`);
    if (!claimed) throw new Error('nothing to claim');
    expect(await running.jobs.end(claimed, { state: 'done', now: 11_000 })).toBe(true);
    const started = await nodes.node('older too');
    await nodes.seen('older too');
    await running.jobs.add(after.updateId, [after]);
    const taken = await started.jobs.claim({ ...rules, bootId: started.bootId });
    expect(taken).toMatchObject({ updateId: after.updateId, state: 'running' });
    const made = await nodes.sql('SELECT count(*)::int AS made FROM drizzle.__drizzle_migrations');
    expect(made).toEqual([{ made: files.length + 1 }]);
  });
});
