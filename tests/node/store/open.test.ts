import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirBusy, damageOf, lockDataDir, openDatabase } from '../../../node/store/open.ts';
import { Database } from '../../../node/store/sqlite.ts';
import { createStore } from '../../../node/store/store.ts';
import { downloadRequest, MIGRATIONS } from '../../support/store.ts';

describe('the database', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'postchi-open-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const open = () => openDatabase({ dataDir: dir, migrationsDir: MIGRATIONS, now: () => 42 });
  const file = () => join(dir, 'postchi.db');

  it('acknowledges nothing that is not on the disk', () => {
    const { sqlite, close } = open();
    expect(sqlite.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(sqlite.pragma('synchronous', { simple: true })).toBe(2);
    close();
  });

  it('bundles an SQLite without the WAL-reset bug', () => {
    const { sqlite, close } = open();
    const version = sqlite.prepare('SELECT sqlite_version() AS v').pluck().get() as string;
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(3_051_003);
    close();
  });

  async function fill(updateId: number) {
    const opened = open();
    await createStore(opened.db).updates.accept(downloadRequest(updateId));
    opened.sqlite.pragma('wal_checkpoint(TRUNCATE)');
    opened.close();
  }

  /** Overwrites the middle of the second page, where a table's rows begin. */
  function flipPages() {
    const handle = openSync(file(), 'r+');
    for (let page = 1; page < 8; page++) writeSync(handle, 'garbage'.repeat(100), page * 4096);
  }

  it('moves a damaged file aside and starts empty, keeping the damaged one', async () => {
    await fill(1);
    flipPages();
    expect(damageOf(file())).toBeDefined();
    const opened = open();
    expect(opened.recovered).toEqual({ movedTo: `${file()}.damaged-42`, from: 'empty' });
    expect(existsSync(`${file()}.damaged-42`)).toBe(true);
    expect(await createStore(opened.db).updates.pending()).toEqual([]);
    opened.close();
  });

  it('starts from the newest sound backup when there is one', async () => {
    await fill(77);
    mkdirSync(join(dir, 'backups'));
    copyFileSync(file(), join(dir, 'backups', '2026-01-01.db'));
    copyFileSync(file(), join(dir, 'backups', '2026-01-02.db'));
    const newest = openSync(join(dir, 'backups', '2026-01-02.db'), 'r+');
    writeSync(newest, 'not a database', 0);
    flipPages();
    const opened = open();
    expect(opened.recovered?.from).toBe('backup');
    const [left] = await createStore(opened.db).updates.pending();
    expect(left?.request.updateId).toBe(77);
    opened.close();
  });

  it('takes a file that is no database for damage, not for a crash', () => {
    const handle = openSync(file(), 'w');
    writeSync(handle, 'hello '.repeat(1000));
    expect(damageOf(file())).toMatch(/not a database/);
  });

  it('lets only one node use a data folder', () => {
    const unlock = lockDataDir(dir);
    expect(() => lockDataDir(dir)).toThrow(DataDirBusy);
    unlock();
    lockDataDir(dir)();
  });

  it('migrates an existing database again without harm', () => {
    open().close();
    const again = open();
    expect(again.recovered).toBeUndefined();
    again.close();
    const plain = new Database(file(), { readonly: true });
    expect(
      plain.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'jobs'").pluck().get(),
    ).toBe(1);
    plain.close();
  });
});
