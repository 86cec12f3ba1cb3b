import { expect, it } from 'vitest';
import { soak } from '../support/soak.ts';

const SEED = Number(process.env.SEED ?? 20_261_124);

it(`brings everything to one end while all faults mix for a minute (seed ${SEED})`, async () => {
  const figures = await soak({ seed: SEED, ms: 60_000, say: (line) => console.log(line) });
  console.log(JSON.stringify(figures));
  expect(figures).toMatchObject({
    ...{ lost: 0, doubled: 0, saidTwice: 0, stale: 0, orphans: 0, diedAlone: 0, damage: undefined },
    leftBehind: { folders: 0, processes: 0, rows: 0, owed: 0 },
  });
  expect(figures.delivered).toBeGreaterThan(figures.requests / 2);
}, 300_000);
