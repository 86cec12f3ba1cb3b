import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { CLAIM_MS, MAX_CLAIMS } from '../../shared/limiter.ts';
import { expectExact, limiterSuite } from '../support/limiter-suite.ts';

const T0 = 1_700_000_000_000;
const limits = { user: 10, global: 25 };

let objects = 0;
const fresh = () => env.LIMITER.getByName(`test ${++objects}`);

limiterSuite('the limiter in a Durable Object', fresh);

test('10,000 requests of 50 users in parallel: never over, never refused for nothing', async () => {
  const stub = fresh();
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec('CREATE TABLE arrival (n INTEGER PRIMARY KEY, id INTEGER)');
    storage.sql.exec(`CREATE TRIGGER arrived AFTER INSERT ON claim
      BEGIN INSERT INTO arrival (id) VALUES (new.update_id); END`);
  });
  const order = () =>
    runInDurableObject(stub, (_, { storage }) =>
      storage.sql
        .exec<{ id: number }>('SELECT id FROM arrival ORDER BY n')
        .toArray()
        .map((row) => row.id),
    );
  await expectExact(stub, order);
}, 120_000);

const countOf = (stub: ReturnType<typeof fresh>) =>
  runInDurableObject(stub, (_, { storage }) =>
    storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM claim').toArray().at(0),
  );

test('keeps its figures when the object is evicted', async () => {
  const name = `test ${++objects}`;
  const ask = (updateId: number) =>
    env.LIMITER.getByName(name).charge({ updateId, userId: 1, limits, now: T0 });
  for (let i = 1; i <= 10; i++) await ask(i);
  const told = await ask(11);
  expect(told).toMatchObject({ admit: false, tell: true });

  const stub = env.LIMITER.getByName(name);
  await runInDurableObject(stub, (instance) => Object.assign(instance as object, { mark: 1 }));
  await abortAllDurableObjects();
  const mark = await runInDurableObject(
    env.LIMITER.getByName(name),
    (instance) => (instance as { mark?: number }).mark,
  );
  expect(mark, 'the object was not evicted').toBeUndefined();

  expect(await ask(10)).toEqual({ admit: true });
  expect(await ask(11)).toEqual(told);
  expect(await ask(12)).toMatchObject({ admit: false, tell: false });
});

test('forgets verdicts older than Telegram keeps an update, and no younger ones', async () => {
  const stub = fresh();
  const ask = (updateId: number, now: number) =>
    stub.charge({ updateId, userId: updateId, limits, now });
  await ask(1, T0);
  await ask(2, T0 + 2);
  await ask(1000, T0 + CLAIM_MS + 1);
  expect(await countOf(stub)).toEqual({ n: 2 });
});

test('keeps a bounded number of verdicts, the newest', async () => {
  const stub = fresh();
  const ask = (updateId: number) =>
    stub.charge({ updateId, userId: 1, limits, now: T0 + updateId });
  await ask(1);
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO claim SELECT i, 2, ? + i, ?, 'user', 0 FROM n`,
      ...[MAX_CLAIMS + 999, T0, T0 + 60_000],
    );
  });
  await ask(MAX_CLAIMS + 1000);
  expect(await countOf(stub)).toEqual({ n: MAX_CLAIMS });
  const oldest = await runInDurableObject(stub, (_, { storage }) =>
    storage.sql.exec<{ id: number }>('SELECT min(update_id) AS id FROM claim').toArray(),
  );
  expect(oldest).toEqual([{ id: 1001 }]);
});
