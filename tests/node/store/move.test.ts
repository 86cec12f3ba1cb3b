import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asc, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backup, restore } from '../../../node/cli/backup.ts';
import { databaseSources } from '../../../node/cli/check-database.ts';
import { cleanup } from '../../../node/cli/cleanup.ts';
import { moveStore } from '../../../node/cli/move-store.ts';
import { copyTables } from '../../../node/store/move/copy.ts';
import { postgresSide } from '../../../node/store/move/postgres-side.ts';
import type { Side } from '../../../node/store/move/side.ts';
import { sqliteSide } from '../../../node/store/move/sqlite-side.ts';
import { TABLES } from '../../../node/store/move/tables.ts';
import { verifyTables } from '../../../node/store/move/verify.ts';
import { lockDataDir, openDatabase } from '../../../node/store/open.ts';
import { openPostgres } from '../../../node/store/postgres/open.ts';
import * as pgSchema from '../../../node/store/postgres/schema.ts';
import { jobs, users } from '../../../node/store/schema.ts';
import { fill } from '../../support/filled.ts';
import { migratedDatabase, PG_MIGRATIONS } from '../../support/shared-postgres.ts';
import { MIGRATIONS, newJob, tempStore } from '../../support/store.ts';
import { run } from '../../support/terminal.ts';

describe('moving the store', () => {
  const SIZE = 1_600;
  /** No update of the others. */
  const another = () => newJob({ updateId: 10 ** 9 });
  let sqlite: ReturnType<typeof tempStore>;
  let database: Awaited<ReturnType<typeof migratedDatabase>>;
  let postgres: Awaited<ReturnType<typeof openPostgres>>;
  let other: string;
  beforeAll(async () => {
    sqlite = tempStore();
    other = mkdtempSync(join(tmpdir(), 'postchi-back-'));
    fill(sqlite.db, SIZE);
    database = await migratedDatabase();
    const options = { url: database.url, migrationsDir: PG_MIGRATIONS, onError: () => {} };
    postgres = await openPostgres(options);
  });
  afterAll(async () => {
    await postgres?.close();
    await database?.drop();
    sqlite?.close();
    rmSync(other, { recursive: true, force: true });
  });
  const env = (dataDir = sqlite.dir) => ({
    ...{ DATA_DIR: dataDir, DATABASE_URL: database.url, PORT: '1', LOG_LEVEL: 'fatal' },
  });
  const up = (...args: string[]) => run(moveStore, args, env());
  const said = (out: string, table: string) =>
    out.split('\n').filter((line) => line.startsWith(`${table} `));

  it('PostgreSQL has every column of SQLite, and lets it be empty where SQLite does', async () => {
    for (const { name, columns } of TABLES) {
      const there = await postgres.db.execute<{ column_name: string; is_nullable: string }>(
        sql`SELECT column_name, is_nullable FROM information_schema.columns
            WHERE table_name = ${name}`,
      );
      const optional = new Map(there.rows.map((row) => [row.column_name, row.is_nullable]));
      const rules = sqlite.sqlite.pragma(`table_info(${name})`) as {
        name: string;
        notnull: number;
        pk: number;
      }[];
      const wanted = rules.map((rule) => [rule.name, rule.notnull || rule.pk ? 'NO' : 'YES']);
      expect(wanted.map(([column]) => [column, optional.get(column as string)])).toEqual(wanted);
      expect(columns.length).toBe(wanted.length);
    }
  });

  it('goes on after it was cut short in the middle of a table, twice', async () => {
    const from = sqliteSide(sqlite.sqlite);
    for (const batches of [10, 4]) {
      const to = await postgresSide(database.url, { snapshot: false });
      await expect(copyTables(from, cutAfter(to, batches))).rejects.toThrow('cut');
      await to.close();
    }
    const { code, out } = await up();
    expect([code, out]).toEqual([0, expect.stringMatching(/^PostgreSQL at .+ holds/m)]);
    expect(said(out, 'jobs')[1]).toMatch(/1600 rows {2}[0-9a-f]{16} {2}equal$/);
    expect(said(out, 'updates')[0]).toBe('updates    0 written, 0 removed');
    expect(said(out, 'jobs')[0]).toBe('jobs       600 written, 0 removed');
  });

  it('repeated writes nothing, or what has changed since', async () => {
    expect((await up()).out).not.toMatch(/[1-9]\d* (written|removed)/);
    const { db } = sqlite;
    db.update(users).set({ name: 'Another' }).where(eq(users.id, 5_000_000_001)).run();
    db.delete(jobs).where(eq(jobs.id, 1)).run();
    // The place among the unique ones of a job that went.
    db.insert(jobs)
      .values(newJob({ updateId: 1, item: 0 }))
      .run();
    const { code, out } = await up();
    expect(code).toBe(0);
    expect(said(out, 'users')[0]).toBe('users      1 written, 1 removed');
    expect(said(out, 'jobs')[0]).toBe('jobs       1 written, 1 removed');
  });

  it('hands out no id a second time afterwards', async () => {
    sqlite.db
      .delete(jobs)
      .where(eq(jobs.id, SIZE + 1))
      .run();
    expect((await up()).code).toBe(0);
    const [row] = await postgres.db.insert(pgSchema.jobs).values(another()).returning();
    expect(row?.id).toBe(SIZE + 2);
  });

  it('does not overwrite what nodes did on PostgreSQL, nor while one runs anywhere', async () => {
    const seen = (ms: number) =>
      postgres.pool.query(
        `INSERT INTO nodes (id, boot_id, started_at, seen_at, facts)
         VALUES ('node-1', 'b', 0, extract(epoch FROM clock_timestamp()) * 1000 - $1::int, '{}')
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
        [ms],
      );
    await seen(0);
    expect((await up('--replace')).err).toMatch(/^Stop all nodes first.+: node-1$/);
    expect((await run(moveStore, ['--back'], env(other))).err).toMatch(/^Stop all nodes/);
    await seen(60_000);
    expect(await up()).toMatchObject({ code: 1, err: expect.stringContaining('--replace') });
    const unlock = lockDataDir(sqlite.dir);
    expect((await up('--replace')).err).toMatch(/in use by another Postchi; stop it first$/);
    unlock();
    await postgres.pool.query(`UPDATE jobs SET home = 'node-1', ticket = 'x' WHERE id = 2`);
    expect(await up('--replace')).toMatchObject({ code: 0 });
    const [moved] = await postgres.db.select().from(pgSchema.jobs).where(eq(pgSchema.jobs.id, 2));
    expect(moved).toMatchObject({ home: null, ticket: null });
  });

  it('goes back to a file that takes the place of the one that stood there', async () => {
    openDatabase({ dataDir: other, migrationsDir: MIGRATIONS }).close();
    const back = await run(moveStore, ['--back'], env(other));
    expect(back).toMatchObject({ code: 0, err: '' });
    expect(back.out).toContain('The database that stood there is kept for 30 days:');
    const opened = openDatabase({ dataDir: other, migrationsDir: MIGRATIONS });
    const all = (db: typeof opened.db) => db.select().from(jobs).orderBy(asc(jobs.id)).all();
    const kept = all(opened.db);
    const same = await verifyTables(sqliteSide(sqlite.sqlite), sqliteSide(opened.sqlite));
    const [added] = opened.db.insert(jobs).values(another()).returning().all();
    opened.close();
    expect([kept.length, same, added?.id]).toEqual([SIZE - 1, true, SIZE + 3]);
    expect(existsSync(join(other, 'postchi.db.moving'))).toBe(false);
  });

  it('wants to be told where to, and nothing else', async () => {
    const nowhere = await run(moveStore, [], { ...env(), DATABASE_URL: '' });
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining('DATABASE_URL') });
    expect((await up('--all')).code).toBe(2);
    expect((await run(moveStore, [], env(join(other, 'none')))).err).toContain('no database');
  });

  it('backs PostgreSQL up into a file that is restored to it, or starts a node with SQLite', async () => {
    const made = await run(backup, [], env(other));
    const file = made.out.split(' (')[0] ?? '';
    expect([made.code, readdirSync(join(other, 'backups')).length]).toEqual([0, 1]);
    expect((await run(restore, [file], env(other))).err).toContain('--replace');
    await postgres.db.delete(pgSchema.jobs).where(eq(pgSchema.jobs.id, 2));
    const back = await run(restore, [file, '--replace'], env(other));
    expect([back.code, said(back.out, 'jobs')[0]]).toEqual([0, 'jobs       1 written, 0 removed']);
    const alone = join(other, 'alone');
    expect(await run(restore, [file], { ...env(alone), DATABASE_URL: '' })).toMatchObject({
      code: 0,
    });
    expect((await run(restore, ['/nowhere.db'], env(other))).err).toContain('does not exist');
  });

  it('is looked at by doctor and cleaned by cleanup as SQLite is', async () => {
    const look = async (databaseUrl: string) => {
      const [source] = databaseSources({ dataDir: other, databaseUrl });
      return source?.check();
    };
    expect(await look(database.url)).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/^PostgreSQL \d+\S* at 127\.0\.0\.1:\d+\/\S+, [\d.]+ MB$/),
    });
    expect(await look('postgres://bot:hunter2@127.0.0.1:1/postchi')).toMatchObject({
      state: 'bad',
      detail: expect.stringMatching(
        /^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:1\/postchi .+REFUSED/,
      ),
    });
    const cleaned = await run(cleanup, ['--dry-run'], env(other));
    expect(cleaned).toMatchObject({ code: 0, out: expect.stringContaining('old rows of jobs') });
  });
});

/** Breaks off as a lost connection would. */
function cutAfter(side: Side, batches: number): Side {
  let left = batches;
  return {
    ...side,
    async add(table, rows) {
      if (left-- <= 0) throw new Error('cut');
      await side.add(table, rows);
    },
  };
}
