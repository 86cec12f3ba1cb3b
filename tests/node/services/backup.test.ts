import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newestBackup } from '../../../node/health/data-checks.ts';
import { makeBackup } from '../../../node/services/backup.ts';
import { lastBackup } from '../../../node/services/last-backup.ts';
import { NotRestorable, restoreBackup } from '../../../node/services/restore.ts';
import { DataDirBusy, damageOf, lockDataDir, openDatabase } from '../../../node/store/open.ts';
import { createStore } from '../../../node/store/store.ts';
import { upkeepStore } from '../../../node/store/upkeep.ts';
import { type SmallDisk, smallDisk } from '../../support/small-disk.ts';
import { downloadRequest, MIGRATIONS, tempStore } from '../../support/store.ts';

const DAY = 86_400_000;
const small = await smallDisk(8);
afterAll(() => small?.close());

describe('backups', () => {
  let temp: ReturnType<typeof tempStore>;
  let empty: string;
  beforeEach(() => {
    temp = tempStore();
    empty = mkdtempSync(join(tmpdir(), 'postchi-restore-'));
  });
  afterEach(() => {
    temp.close();
    rmSync(empty, { recursive: true, force: true });
  });

  const backups = () => join(temp.dir, 'backups');
  const make = (at = Date.UTC(2026, 10, 23)) =>
    makeBackup({ dir: backups(), upkeep: upkeepStore(temp), now: () => at });
  const restore = (file: string, dataDir = empty) =>
    restoreBackup({ file, dataDir, migrationsDir: MIGRATIONS, now: () => 42 });

  it('hold what was accepted a moment ago, on an empty data folder', async () => {
    await temp.store.updates.accept(downloadRequest(77));
    const { path } = await make();
    expect(restore(path)).toEqual({ replaced: undefined });
    const opened = openDatabase({ dataDir: empty, migrationsDir: MIGRATIONS });
    const [left] = await createStore(opened.db).updates.pending();
    opened.close();
    expect(left?.request.updateId).toBe(77);
  });

  it.skipIf(!small)('leave the last one in its place when the disk is full', async () => {
    const disk = small as SmallDisk;
    const dir = join(disk.dir, 'backups');
    const at = (day: number) => ({ dir, upkeep: upkeepStore(temp), now: () => day * DAY });
    const { path } = await makeBackup(at(1));
    disk.fillTo(0.02);
    await expect(makeBackup(at(2))).rejects.toThrow(/full|ENOSPC|disk/i);
    expect(readdirSync(dir).map((name) => join(dir, name))).toEqual([path]);
    disk.empty();
    expect(damageOf(path)).toBeUndefined();
    await makeBackup(at(2));
    expect(readdirSync(dir)).toHaveLength(2);
  });

  it('are sound, named by their time and kept for a week', async () => {
    for (let day = 0; day < 10; day++) await make(Date.UTC(2026, 10, 1) + day * DAY);
    const names = readdirSync(backups()).sort();
    expect(names).toHaveLength(7);
    expect(names[0]).toBe('2026-11-04T00-00-00.db');
    expect((await newestBackup(backups()))?.path).toBe(join(backups(), '2026-11-10T00-00-00.db'));
    expect(names.map((name) => damageOf(join(backups(), name)))).toEqual(Array(7).fill(undefined));
  });

  it('never leave a half written copy that a start would take', async () => {
    const upkeep = { backupTo: async (file: string) => writeFileSync(file, 'half of a database') };
    await expect(makeBackup({ dir: backups(), upkeep })).rejects.toThrow('the copy is damaged');
    expect(readdirSync(backups())).toEqual([]);
  });

  it('put the database that stood there aside, log and all', async () => {
    const { path } = await make();
    openDatabase({ dataDir: empty, migrationsDir: MIGRATIONS }).close();
    expect(restore(path).replaced).toBe(join(empty, 'postchi.db.replaced-42'));
    expect(damageOf(join(empty, 'postchi.db.replaced-42'))).toBeUndefined();
  });

  it('are refused when damaged, missing or beside a running node, and nothing is touched', async () => {
    const { path } = await make();
    const bad = join(empty, 'bad.db');
    writeFileSync(bad, 'not a database'.repeat(100));
    expect(() => restore(bad)).toThrow(NotRestorable);
    expect(() => restore(join(empty, 'none.db'))).toThrow(NotRestorable);
    const unlock = lockDataDir(empty);
    expect(() => restore(path)).toThrow(DataDirBusy);
    unlock();
    expect(readdirSync(empty).filter((name) => name.startsWith('postchi'))).toEqual([]);
  });
});

it('a backup of one node is known to the others, which need none of their own', async () => {
  const temp = tempStore();
  const [here, there] = [join(temp.dir, 'here'), join(temp.dir, 'there')];
  const { state } = temp.store;
  expect(await lastBackup(here, state).at()).toBeUndefined();
  await lastBackup(here, state).made(5_000);
  expect(await lastBackup(there, state).at()).toBe(5_000);
  expect(await lastBackup(there).at()).toBeUndefined();
  await makeBackup({ dir: there, upkeep: upkeepStore(temp) });
  expect(await lastBackup(there, state).at()).toBeGreaterThan(5_000);
  temp.close();
});
