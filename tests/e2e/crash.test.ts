import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CrashScene, crashRun, startCrashScene } from '../support/crash.ts';
import { seeded } from '../support/random.ts';

const SEED = Number(process.env.SEED ?? 20_260_101);

describe('kill -9 with twenty accepted links', () => {
  let scene: CrashScene;
  beforeAll(async () => {
    scene = await startCrashScene();
  });
  afterAll(() => scene?.close());

  const random = seeded(SEED);
  for (const run of [1, 2, 3]) {
    const afterCalls = 1 + random.below(60);
    it(`loses none and shows none twice, killed at call ${afterCalls} (seed ${SEED}, run ${run})`, async () => {
      const figures = await crashRun(scene, { jobs: 20, afterCalls, tag: `${SEED}-${run}` });
      console.log(JSON.stringify(figures));
      expect(figures).toMatchObject({
        ...{ delivered: 20, lost: 0, duplicates: 0, explained: 0, orphans: 0, leftovers: 0 },
      });
      // Only what had left completely when the node died may be asked about.
      expect(figures.asked).toBeLessThanOrEqual(8);
      expect(await scene.engines()).toEqual([]);
      expect(await readdir(join(scene.bot.dataDir, 'jobs'))).toEqual([]);
    });
  }
});
