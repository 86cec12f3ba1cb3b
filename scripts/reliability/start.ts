/**
 * What a start costs after a crash, from exec to the first job that runs again and to "up":
 *
 *   npx tsx scripts/reliability/start.ts [TIMES]
 *
 * Needs a build and Linux. Each time five downloads are killed in the middle; the node, its fork
 * servers and whatever else it starts are counted. Seconds, medians last.
 */

import { launchBot } from '../../tests/support/bot.ts';
import { type CrashScene, nextPerson, seenBy, startCrashScene } from '../../tests/support/crash.ts';
import { cpuOfTree } from '../bench/process-tree.ts';

const times = Number(process.argv[2] ?? 10);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const JOBS = 5;

interface Start {
  runs: { s: number; cpu: number };
  up: { s: number; cpu: number };
}

async function oneStart(scene: CrashScene): Promise<Start> {
  const users = Array.from({ length: JOBS }, nextPerson);
  const paths = users.map((user) => `/of/${user}/small.mp4`);
  scene.site.throttle(20_000);
  for (const [at, user] of users.entries())
    scene.telegram.api.say(user, user, scene.site.url + paths[at]);
  await Promise.all(paths.map((path) => scene.site.asked(path, 2)));
  await scene.kill();
  scene.site.throttle(undefined);
  const since = performance.now();
  const bot = await launchBot({ env: scene.env, dataDir: scene.bot.dataDir });
  scene.bot = bot;
  const now = () => ({ s: (performance.now() - since) / 1000, cpu: cpuOfTree(bot.pid) });
  const [runs, up] = await Promise.all([
    Promise.race(paths.map((path) => scene.site.asked(path, 3))).then(now),
    bot.logged('Postchi is up').then(now),
  ]);
  const all = () => users.every((user) => seenBy(scene.telegram, user).media.length === 1);
  await scene.telegram.api.waitFor(all, 60_000);
  return { runs, up };
}

const scene = await startCrashScene();
const starts: Start[] = [];
try {
  for (let n = 0; n < times; n += 1) {
    const one = await oneStart(scene);
    starts.push(one);
    say(one);
  }
} finally {
  await scene.close();
}
const median = (of: (one: Start) => number) =>
  starts.map(of).sort((a, b) => a - b)[Math.floor(starts.length / 2)];
say({
  starts: starts.length,
  runs: { s: median(({ runs }) => runs.s), cpu: median(({ runs }) => runs.cpu) },
  up: { s: median(({ up }) => up.s), cpu: median(({ up }) => up.cpu) },
});
