import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pgLimiter } from '../../../node/store/postgres/limiter.ts';
import { openPostgres } from '../../../node/store/postgres/open.ts';
import { expectExact, limiterSuite, type Subject } from '../../support/limiter-suite.ts';
import { migratedDatabase, PG_MIGRATIONS } from '../../support/shared-postgres.ts';

let database: Awaited<ReturnType<typeof migratedDatabase>>;
let nodes: Awaited<ReturnType<typeof openPostgres>>[] = [];

beforeAll(async () => {
  database = await migratedDatabase();
  const options = { url: database.url, migrationsDir: PG_MIGRATIONS, onError: () => {} };
  nodes = [await openPostgres(options), await openPostgres(options)];
});
afterAll(async () => {
  for (const node of nodes) await node.close();
  await database?.drop();
});

const empty = async () => void (await nodes[0]?.db.execute(sql`TRUNCATE charges`));

/** Every other request reaches the other node. */
function fresh(): Subject {
  let emptied: Promise<unknown> | undefined;
  const limiters = nodes.map(pgLimiter);
  let turn = 0;
  return {
    async charge(q) {
      emptied ??= empty();
      await emptied;
      const limiter = limiters[turn++ % limiters.length];
      if (!limiter) throw new Error('no node');
      return limiter.charge(q);
    },
  };
}

limiterSuite('the limiter in PostgreSQL, behind two nodes', fresh);

test('is exact when both nodes ask at once', async () => {
  const order = async () => {
    // A transaction gets its number at its first write, which is within the lock.
    const asked = sql`SELECT update_id FROM charges ORDER BY xmin::text::bigint`;
    const rows = (await nodes[0]?.db.execute<{ update_id: string }>(asked))?.rows ?? [];
    return rows.map((row) => Number(row.update_id));
  };
  await expectExact(fresh(), order, 300);
});

test('one person’s requests are counted exactly when only persons have a limit', async () => {
  const limiter = fresh();
  const limits = { user: 10, global: 0 };
  const asked = Array.from({ length: 60 }, (_, i) =>
    limiter.charge({ updateId: i + 1, userId: 1 + (i % 2), limits, now: 1_700_000_000_000 }),
  );
  const verdicts = await Promise.all(asked);
  expect(verdicts.filter(({ admit }) => admit)).toHaveLength(20);
  expect(verdicts.filter((verdict) => !verdict.admit && verdict.tell)).toHaveLength(2);
});

test('figures older than a day are dropped', async () => {
  const limiter = fresh();
  const ask = (updateId: number, now: number) =>
    limiter.charge({ updateId, userId: 1, limits: { user: 10, global: 25 }, now });
  await ask(1, 0);
  await ask(2, 89_000_000);
  await ask(1000, 90_000_001);
  const kept = await nodes[0]?.db.execute(sql`SELECT 1 FROM charges`);
  expect(kept?.rows).toHaveLength(2);
});
