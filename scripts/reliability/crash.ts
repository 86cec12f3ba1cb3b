/**
 * The figures of docs/reliability.md that take longer than `npm test` may:
 *
 *   npx tsx scripts/reliability/crash.ts random [RUNS] [JOBS] [SEED] [CALLS]
 *   npx tsx scripts/reliability/crash.ts points [TIMES] [NAME]
 *
 * The kill comes after at most CALLS calls to Telegram, three for each job unless told. NAME is a
 * part of a point's name; without it all are tried. Needs a build (`npm run build`). Prints one line
 * a run, all that is known of each progress message that stayed, and a summary; exit code 1 when
 * anything was lost or shown twice.
 */
import {
  type CrashFigures,
  type CrashScene,
  comingPerson,
  crashRun,
  startCrashScene,
  stories,
} from '../../tests/support/crash.ts';
import { KILL_POINTS, killAt } from '../../tests/support/kill-points.ts';
import { seeded } from '../../tests/support/random.ts';

const [what = 'random', ...args] = process.argv.slice(2);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const number = (at: number, otherwise: number) => Number(args[at] ?? otherwise);

/** A node restarted a hundred times has a long history; a fresh one now and then is fairer. */
const RUNS_PER_SCENE = 10;

async function withScene<T>(use: (scene: CrashScene) => Promise<T>): Promise<T> {
  const scene = await startCrashScene();
  try {
    return await use(scene);
  } finally {
    await scene.close();
  }
}

async function random(runs: number, jobs: number, seed: number, calls: number): Promise<boolean> {
  const from = seeded(seed);
  const all: CrashFigures[] = [];
  while (all.length < runs) {
    await withScene(async (scene) => {
      for (let n = 0; n < RUNS_PER_SCENE && all.length < runs; n += 1) {
        const afterCalls = 1 + from.below(calls);
        const first = comingPerson();
        const figures = await crashRun(scene, { jobs, afterCalls, tag: `${seed}-${all.length}` });
        all.push(figures);
        say({ run: all.length, afterCalls, ...figures });
        if (figures.leftovers > 0) for (const left of stories(scene, first)) say({ left });
      }
    });
  }
  const sum = (key: keyof CrashFigures) => all.reduce((total, one) => total + one[key], 0);
  const sorted = (key: keyof CrashFigures) => all.map((one) => one[key]).sort((a, b) => a - b);
  const [ups, tidied] = [sorted('upMs'), sorted('tidyMs')];
  say({
    seed,
    ...{ runs: all.length, jobs: sum('jobs'), delivered: sum('delivered'), lost: sum('lost') },
    ...{ duplicates: sum('duplicates'), asked: sum('asked'), explained: sum('explained') },
    ...{ orphans: sum('orphans'), leftovers: sum('leftovers') },
    ...{ tidyP95: tidied[Math.floor(tidied.length * 0.95)], tidyMax: tidied.at(-1) },
    ...{ upP50: ups[Math.floor(ups.length / 2)], upP95: ups[Math.floor(ups.length * 0.95)] },
  });
  return sum('lost') + sum('duplicates') + sum('explained') + sum('orphans') === 0;
}

async function points(times: number, name: string): Promise<boolean> {
  const chosen = KILL_POINTS.filter((point) => point.name.includes(name));
  if (chosen.length === 0) throw new Error(`no point is named "${name}"`);
  let sound = true;
  for (const point of chosen) {
    await withScene(async (scene) => {
      const row = { point: point.name, killed: 0, delivered: 0, twice: 0, asked: 0, orphans: 0 };
      const leftovers: number[] = [];
      for (; row.killed < times; row.killed += 1) {
        const seen = await killAt(scene, point);
        row.delivered += seen.media.length > 0 ? 1 : 0;
        row.twice += seen.media.length > 1 ? 1 : 0;
        row.asked += seen.wasAsked ? 1 : 0;
        row.orphans += seen.orphans;
        leftovers.push(seen.leftover.length);
      }
      say({ ...row, leftovers: leftovers.reduce((a, b) => a + b, 0) });
      sound &&= row.delivered === times && row.twice === 0 && row.orphans === 0;
    });
  }
  return sound;
}

const sound =
  what === 'points'
    ? await points(number(0, 20), args[1] ?? '')
    : await random(
        number(0, 100),
        number(1, 50),
        number(2, 20_260_101),
        number(3, 3 * number(1, 50)),
      );
process.exitCode = sound ? 0 : 1;
