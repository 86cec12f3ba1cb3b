/**
 * 1,000 cancels at random moments: `npx tsx scripts/reliability/cancels.ts [CANCELS] [SEED]`.
 * Needs a build (`npm run build`); exit code 1 when anything was left.
 */
import { cancelRun, everyPlaceFree } from '../../tests/support/cancels.ts';
import { startScene } from '../../tests/support/scene.ts';

const PLACES = 4;
const PEOPLE = [7001, 7002, 7003, 7004];

async function main(): Promise<void> {
  const cancels = Number(process.argv[2] ?? 1_000);
  const seed = Number(process.argv[3] ?? 20_261_123);
  const scene = await startScene({ MAX_CONCURRENT_DOWNLOADS: String(PLACES) });
  try {
    const figures = await cancelRun(scene, { cancels, seed, people: PEOPLE });
    const free = await everyPlaceFree(scene, PLACES, PEOPLE);
    console.log({ seed, ...figures, free });
    const { processes, folders, running } = figures.left;
    if (processes + folders + running > 0 || !free) process.exitCode = 1;
  } finally {
    await scene.close();
  }
}

await main();
