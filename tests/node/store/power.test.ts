import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { damageOf, openDatabase } from '../../../node/store/open.ts';
import { createStore } from '../../../node/store/store.ts';
import { seeded } from '../../support/random.ts';
import { downloadRequest, MIGRATIONS, tempStore } from '../../support/store.ts';

const SEED = Number(process.env.SEED ?? 20_261_125);
const CUTS = 20;

let temp: ReturnType<typeof tempStore>;
let dir: string;
beforeEach(() => {
  temp = tempStore();
  dir = mkdtempSync(join(tmpdir(), 'postchi-power-'));
});
afterEach(() => {
  temp.close();
  rmSync(dir, { recursive: true, force: true });
});

const FILE = 'postchi.db';

/** What a disk holds that lost its power: all that was synced, and a torn part of what came after. */
async function afterPowerLoss(synced: number, random: ReturnType<typeof seeded>): Promise<void> {
  copyFileSync(join(temp.dir, FILE), join(dir, FILE));
  const log = await readFile(join(temp.dir, `${FILE}-wal`));
  const kept = synced + random.below(log.length - synced + 1);
  // Sectors are written in any order: the last one kept may hold anything.
  if (random.chance(0.5)) log.fill(0xa5, Math.max(synced, kept - 512), kept);
  writeFileSync(join(dir, `${FILE}-wal`), log);
  truncateSync(join(dir, `${FILE}-wal`), kept);
  rmSync(join(dir, `${FILE}-shm`), { force: true });
}

it(`finds every acknowledged update after ${CUTS} power cuts (seed ${SEED})`, async () => {
  const random = seeded(SEED);
  const { updates } = temp.store;
  for (let id = 1; id <= CUTS; id++) {
    expect(await updates.accept(downloadRequest(id))).toBe('new');
    const synced = statSync(join(temp.dir, `${FILE}-wal`)).size;
    // Written, and not waited for: it may or may not be there.
    await updates.settle(random.below(id) + 1, 'failed');
    await afterPowerLoss(synced, random);
    expect(damageOf(join(dir, FILE))).toBeUndefined();
    const opened = openDatabase({ dataDir: dir, migrationsDir: MIGRATIONS });
    expect(opened.recovered).toBeUndefined();
    const again = createStore(opened.db).updates;
    for (let known = 1; known <= id; known++) {
      expect(await again.accept(downloadRequest(known))).toBe('seen');
    }
    opened.close();
  }
});
