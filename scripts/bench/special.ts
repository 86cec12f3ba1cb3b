/** What the comparison does not show: rest, repeats, slow sites and a dying fork server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freshLink } from './kinds.ts';
import { closedLoop, percentile } from './load.ts';
import { childrenLike, cpuOfTree, pssOf, pssOfTree, rssOf, watchPss } from './process-tree.ts';
import { type BotSystem, nextPerson } from './systems.ts';

const forkServers = (pid: number) => childrenLike(pid, 'yt_dlp:main');

export interface Idle {
  /** Bytes. */
  nodeRss: number;
  nodePss: number;
  treePss: number;
  /** Percent of one core. */
  cpuPercent: number;
}

/** Within ten seconds one garbage collection of V8, about one a minute, looks like a whole percent. */
const IDLE_S = 60;
/** A start's own work is none of rest's. */
const SETTLE_S = 15;

/** The bot at rest, its fork server up. */
export async function idle({ bot }: BotSystem): Promise<Idle> {
  await sleep(SETTLE_S * 1000);
  const before = cpuOfTree(bot.pid);
  await sleep(IDLE_S * 1000);
  return {
    nodeRss: rssOf(bot.pid),
    nodePss: pssOf(bot.pid),
    treePss: pssOfTree(bot.pid),
    cpuPercent: ((cpuOfTree(bot.pid) - before) / IDLE_S) * 100,
  };
}

/** Telegram lets a bot send 30 messages a second: asked faster, only that limit is measured. */
const REPEAT_EVERY_MS = 50;

/** ms from the message to `sendVideo` by file id, of links that were delivered before. */
export async function repeats(system: BotSystem, sitePort: number, times: number) {
  const link = freshLink(sitePort, 'direct');
  await system.job(link);
  const { latencies } = await closedLoop(1, times, async () => {
    const [ms] = await Promise.all([system.jobOf(nextPerson(), link), sleep(REPEAT_EVERY_MS)]);
    return ms;
  });
  return { times, p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) };
}

export interface Throttled {
  jobs: number;
  delivered: number;
  /** Seconds: what one file alone takes at this rate. */
  ideal: number;
  wall: number;
  /** Seconds until the last one, and until the first. */
  slowest: number;
  fastest: number;
  cpu: number;
  peakPss: number;
}

const RATE = 400_000;
/** Adding up the maps of 34 processes takes 90 ms of CPU, from the same cores. */
const PSS_EVERY_MS = 1_000;

/** So many downloads at once, each held to 400 kB/s by the site. */
export async function throttled(
  system: BotSystem,
  sitePort: number,
  jobs: number,
  bytes: number,
): Promise<Throttled> {
  const before = await system.cpu();
  const memory = watchPss(system.roots, PSS_EVERY_MS);
  const load = await closedLoop(jobs, jobs, () => system.job(freshLink(sitePort, 'direct', RATE)));
  return {
    jobs,
    delivered: load.latencies.length,
    ideal: bytes / RATE,
    wall: load.wall,
    slowest: percentile(load.latencies, 1) / 1000,
    fastest: percentile(load.latencies, 0) / 1000,
    peakPss: memory.stop(),
    cpu: (await system.cpu()) - before,
  };
}

export interface Kills {
  jobs: number;
  kills: number;
  delivered: number;
  failures: string[];
  wall: number;
}

/** The fork server is killed at every third delivery while people keep asking. */
export async function kills(
  system: BotSystem,
  sitePort: number,
  plan: { jobs: number; kills: number; people: number },
): Promise<Kills> {
  let done = 0;
  let killed = 0;
  const strike = () => {
    if (killed >= plan.kills || done < killed * Math.floor(plan.jobs / (plan.kills + 10))) return;
    for (const pid of forkServers(system.bot.pid)) {
      process.kill(pid, 'SIGKILL');
      killed += 1;
    }
  };
  const striking = setInterval(strike, 50);
  const ask = () => system.job(freshLink(sitePort, 'small'));
  const load = await closedLoop(plan.people, plan.jobs, ask, (count) => {
    done = count;
  });
  clearInterval(striking);
  const { latencies, failures, wall } = load;
  return { jobs: plan.jobs, kills: killed, delivered: latencies.length, failures, wall };
}
