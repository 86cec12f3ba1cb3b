/** What PostgreSQL has to do beside what both databases promise. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../../node/store/postgres/open.ts';
import {
  DatabaseUnreachable,
  isPassing,
  patiently,
} from '../../../node/store/postgres/unreachable.ts';
import { pgUpdateStore } from '../../../node/store/postgres/updates.ts';
import { asked } from '../../support/postgres.ts';
import { migratedDatabase, PG_MIGRATIONS } from '../../support/shared-postgres.ts';
import { downloadRequest, newJob } from '../../support/store.ts';
import { postgresSubject } from '../../support/store-suite/subject.ts';

describe('on PostgreSQL', () => {
  let at: Awaited<ReturnType<typeof postgresSubject>>;
  beforeAll(async () => {
    at = await postgresSubject();
  });
  afterAll(() => at?.close());
  const beat = (id: string, bootId: string, silentMs: number) =>
    at.opened.pool.query(
      `INSERT INTO nodes (id, boot_id, started_at, seen_at, facts)
       VALUES ($1, $2, 0, extract(epoch FROM clock_timestamp()) * 1000 - $3::int, '{}')`,
      [id, bootId, silentMs],
    );

  it('updates of a node that died are adopted by one of those that live, by the others never', async () => {
    await beat('a', 'a1', 60_000);
    await beat('b', 'b1', 1_000);
    const of = (boot: string) => pgUpdateStore(at.opened, boot);
    for (const [updateId, boot] of [
      [1, 'a1'],
      [2, 'a1'],
      [3, 'b1'],
    ] as const)
      await of(boot).accept(downloadRequest(updateId));
    await beat('c', 'c1', 0);
    await beat('d', 'd1', 0);
    const adopted = await Promise.all([of('c1').pending(), of('d1').pending()]);
    const ids = adopted.map((left) => left.map(({ request }) => request.updateId));
    expect(ids.flat().sort()).toEqual([1, 2]);
    expect(await of('c1').pending()).toEqual([]);
    expect(await of('a2').pending()).toEqual([]);
    expect(await of('a2').countPending()).toBe(3);
  });

  it('a title with U+0000 and half a byte do not fail a job', async () => {
    const [row] = await at.putJobs([newJob({ title: 'a\u0000b', bytes: 10.5, notBefore: 0.4 })]);
    expect(row).toMatchObject({ title: 'ab', bytes: 11, notBefore: 0 });
  });
});

describe('a database that is not there', () => {
  const url = 'postgres://bot:very-secret@db.example:5433/postchi';
  const failing = (code: string) => Object.assign(new Error('no way in'), { code });
  const opening = (...errors: Error[]) => {
    const open = async () => {
      const error = errors.shift();
      if (error) throw error;
      return 'open';
    };
    const said: string[] = [];
    let now = 0;
    const sleep = async (ms: number) => {
      now += ms;
    };
    const onWaiting = (line: string) => void said.push(line);
    const done = patiently(open, { url, waitMs: 5_000, onWaiting, sleep, now: () => now });
    return { done, said };
  };

  it('is asked again until it has started', async () => {
    const { done, said } = opening(failing('ECONNREFUSED'), failing('57P03'));
    expect(await done).toBe('open');
    expect(said).toEqual([
      'DATABASE_URL: PostgreSQL at db.example:5433/postchi cannot be used: no way in; trying again for 5 s',
    ]);
  });

  it('ends in one line without the password when it does not come, or keeps the bot out', async () => {
    const gone = opening(...Array.from({ length: 20 }, () => failing('ECONNREFUSED')));
    await expect(gone.done).rejects.toThrow(DatabaseUnreachable);
    const refused = opening(failing('28P01'));
    await expect(refused.done).rejects.toThrow(
      /^DATABASE_URL: PostgreSQL at db.example:5433\/postchi cannot be used: no way in$/,
    );
    expect(refused.said).toEqual([]);
    await expect(opening(failing('42P01')).done).rejects.not.toThrow(DatabaseUnreachable);
  });

  it('and one that takes no writes yet, a standby say, are both waited for', async () => {
    const database = await migratedDatabase();
    const name = new URL(database.url).pathname.slice(1);
    await asked(database.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const said: string[] = [];
    const opened = await patiently(
      () => openPostgres({ url: database.url, migrationsDir: PG_MIGRATIONS, onError: () => {} }),
      {
        ...{ url: database.url, waitMs: 60_000, onWaiting: (line) => said.push(line) },
        sleep: () => writable(),
      },
    );
    // The setting keeps even its own end out, unless the session says otherwise.
    async function writable() {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query('SET default_transaction_read_only = off');
      await client.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      await client.end();
    }
    expect(said).toEqual([expect.stringContaining('read-only transaction')]);
    expect(await pgUpdateStore(opened, 'b').accept(downloadRequest(1))).toBe('new');
    await opened.close();
    await database.drop();
  });

  it('is told from one that cannot do what it was asked', () => {
    const wrapped = new Error('Failed query: select …', { cause: failing('57P01') });
    const both = new AggregateError([failing('ECONNREFUSED'), failing('ECONNREFUSED')]);
    expect([wrapped, both, failing('23505')].map(isPassing)).toEqual([true, true, false]);
  });
});
