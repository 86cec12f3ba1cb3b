/** Cancels at random moments, and what the node still holds afterwards. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { processesIn } from '../../node/jobs/leftovers.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { seeded } from './random.ts';
import type { Scene } from './scene.ts';

const SLOW = '/slow.mp4';
const QUICK = ['/clip.mp4', '/hls/master.m3u8', '/clip.webm', '/song.mp3'];
/** ms after the moment at most. */
const LATEST_MS = 800;
const POLL_MS = 50;
const PATIENCE_MS = 60_000;
const t = textsFor('en');

/** How far a job has to have come before the random wait begins; the last may come too late. */
const MOMENTS: Record<string, (scene: Scene, at: Attempt) => boolean> = {
  said: () => true,
  looked: (scene, at) => requests(scene, at) > 0,
  fetching: (scene, at) => requests(scene, at) > (at.path.endsWith('m3u8') ? 0 : 1),
  sending: ({ telegram }, { user, since }) =>
    telegram.api.calls.some(
      ({ method, at, fields }) =>
        at >= since && Number(fields.chat_id) === user && method === 'sendChatAction',
    ),
};

interface Attempt {
  user: number;
  path: string;
  n: number;
  /** ms since the epoch */
  since: number;
}

const requests = ({ site }: Scene, { path, n }: Attempt) =>
  site.requests.filter((request) => request.path === `${path}?n=${n}`).length;

export interface CancelFigures {
  cancels: number;
  /** Those that came before the file did. */
  stopped: number;
  /** Those that came before the file did, by how far the job had come at least. */
  moments: Record<string, number>;
  /** What is left: processes and folders of jobs, jobs that run. */
  left: Left;
}

export interface Left {
  processes: number;
  folders: number;
  running: number;
}

/** What the node holds for jobs at this moment. */
async function leftOf({ bot }: Scene): Promise<Left> {
  const jobs = join(bot.dataDir, 'jobs');
  const health = await fetch(`${bot.url}/healthz`).then((r) => r.json());
  return {
    processes: (await processesIn(jobs)).length,
    folders: (await readdir(jobs)).length,
    running: (health as { running: number }).running,
  };
}

/** Waits until nothing is left of any job, for `withinMs` at most; answers what is. */
export async function nothingLeft(scene: Scene, withinMs = 30_000): Promise<Left> {
  const until = Date.now() + withinMs;
  for (;;) {
    const left = await leftOf(scene);
    if (left.processes + left.folders + left.running === 0 || Date.now() > until) return left;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

export interface CancelRun {
  cancels: number;
  seed: number;
  /** Private chats that send and cancel beside each other. */
  people: readonly number[];
}

/** Each person sends a link, waits for a random moment, cancels it, and begins again. */
export async function cancelRun(scene: Scene, run: CancelRun): Promise<CancelFigures> {
  const { cancels, seed, people } = run;
  const random = seeded(seed);
  const moments = Object.fromEntries(Object.keys(MOMENTS).map((name) => [name, 0]));
  let [next, stopped] = [0, 0];
  const person = async (user: number) => {
    for (let n = next++; n < cancels; n = next++) {
      const moment = random.pick(Object.keys(MOMENTS));
      const wait = random.below(LATEST_MS);
      // The slow one is sent after minutes only.
      const path = random.pick(moment === 'sending' ? QUICK : [SLOW, ...QUICK]);
      const attempt = { user, path, n, since: Date.now() };
      if (!(await cancelOne(scene, attempt, { moment, wait }))) continue;
      stopped += 1;
      moments[moment] = (moments[moment] ?? 0) + 1;
    }
  };
  await Promise.all(people.map(person));
  return { cancels, stopped, moments, left: await nothingLeft(scene) };
}

interface When {
  moment: string;
  /** ms */
  wait: number;
}

/** True when it came before the file did. */
async function cancelOne(scene: Scene, attempt: Attempt, { moment, wait }: When): Promise<boolean> {
  const { user, path, n } = attempt;
  const { api } = scene.telegram;
  const asked = scene.say(user, `${scene.site.url}${path}?n=${n}`);
  const arrived = () => scene.answers(user, asked).some(({ kind }) => kind !== 'text');
  const until = Date.now() + PATIENCE_MS;
  while (!MOMENTS[moment]?.(scene, attempt) && !arrived() && Date.now() < until) {
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  await new Promise((done) => setTimeout(done, wait));
  const command = scene.say(user, '/cancel');
  const words = await api.waitFor(() => scene.answers(user, command)[0], PATIENCE_MS);
  return words.text !== t.cancel.nothing;
}

/** Starts as many downloads as may run at once: true when every place was free. */
export async function everyPlaceFree(scene: Scene, places: number, people: readonly number[]) {
  const before = (await leftOf(scene)).running;
  for (let n = 0; n < places; n += 1) {
    const user = people[n % people.length] as number;
    scene.say(user, `${scene.site.url}/slow.mp4?rate=5000&place=${n}`);
  }
  const until = Date.now() + 30_000;
  let running = before;
  while (running < places && Date.now() < until) {
    await new Promise((done) => setTimeout(done, POLL_MS));
    running = (await leftOf(scene)).running;
  }
  for (const user of people) scene.say(user, '/cancel');
  await nothingLeft(scene);
  return before === 0 && running === places;
}
