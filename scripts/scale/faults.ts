/** A thousand jobs over three nodes while nodes die, freeze, or the database goes away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningBotApi, startBotApi } from '../../tests/support/bot-api.ts';
import { seeded } from '../../tests/support/random.ts';
import { percentile } from '../bench/load.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { type Asked, createPeople, type Outcome, outcomeOf } from './people.ts';

export type Fault = 'kill' | 'pause' | 'database' | 'upgrade';

export interface FaultFigures extends Outcome {
  fault: Fault;
  seed: number;
  strikes: number;
  /** Hand-overs the sender made again. */
  again: number;
  /** s beyond the median before the first fault. */
  extraP50: number;
  extraP95: number;
  extraMax: number;
}

export interface FaultPlan {
  fault: Fault;
  jobs: number;
  seed: number;
  seconds: number;
}

/** 200 kB in about 3 s. */
const RATE = 70_000;
const NODES = 3;
const CALM_JOBS = 40;
/** Longer than a lease. */
const PAUSE_MS = 45_000;
const LONGEST_WAIT_MS = 180_000;

export async function faults(plan: FaultPlan): Promise<FaultFigures> {
  const fleet = await startFleet({ telegram: await startBotApi(), nodes: NODES, slots: 8 });
  try {
    return await strike(fleet, plan);
  } finally {
    await fleet.close();
  }
}

async function strike(fleet: Fleet<RunningBotApi>, plan: FaultPlan): Promise<FaultFigures> {
  const { fault, jobs, seed, seconds } = plan;
  const people = createPeople(fleet);
  const ask = (n: number) => people.ask(fleet.link(`${fault}-${seed}-${n}`, RATE));
  const every = (seconds * 1000) / jobs;
  await evenly(CALM_JOBS, every, ask);
  await people.delivered(CALM_JOBS);
  const calm = people.all.slice();
  const asking = evenly(jobs - CALM_JOBS, every, (n) => ask(CALM_JOBS + n));
  const strikes = await STRIKERS[fault](fleet, seeded(seed), asking);
  await asking;
  const outcome = await outcomeOf(fleet, people, LONGEST_WAIT_MS);
  return {
    ...{ fault, seed, strikes, again: fleet.sender.again },
    ...outcome,
    ...extra(calm, people.all.slice(CALM_JOBS)),
  };
}

function extra(calm: readonly Asked[], struck: readonly Asked[]) {
  const times = (list: readonly Asked[]) =>
    list.flatMap(({ delivered }) => delivered ?? []).sort((a, b) => a - b);
  const usual = percentile(times(calm), 0.5);
  const late = (share: number) => (percentile(times(struck), share) - usual) / 1000;
  return { extraP50: late(0.5), extraP95: late(0.95), extraMax: late(1) };
}

/** One call every so many ms, by the clock; resolves when all of them have. */
async function evenly(count: number, everyMs: number, run: (n: number) => Promise<void>) {
  const from = performance.now();
  const runs: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    await sleep(Math.max(0, from + n * everyMs - performance.now()));
    runs.push(run(n));
  }
  await Promise.all(runs);
}

type Striker = (
  fleet: Fleet<RunningBotApi>,
  random: ReturnType<typeof seeded>,
  asking: Promise<void>,
) => Promise<number>;

/** Calls `hit` every so often until the asking ends; answers how often it did. */
async function during(asking: Promise<void>, everyMs: number, hit: () => Promise<void>) {
  let over = false;
  let count = 0;
  const ended = asking.finally(() => {
    over = true;
  });
  for (;;) {
    await Promise.race([ended, sleep(everyMs)]);
    if (over) return count;
    count += 1;
    await hit();
  }
}

const STRIKERS: Record<Fault, Striker> = {
  async kill(fleet, random, asking) {
    const starting: Promise<void>[] = [];
    const strikes = await during(asking, 10_000, async () => {
      const at = random.below(NODES);
      const node = fleet.nodes[at];
      node?.kill('SIGKILL');
      await node?.exited;
      starting.push(fleet.replace(at));
    });
    await Promise.all(starting);
    return strikes;
  },
  /** One node after the other: SIGTERM, and a new process in its place. */
  upgrade(fleet, _random, asking) {
    let turn = 0;
    return during(asking, 15_000, async () => {
      const at = turn % NODES;
      turn += 1;
      await fleet.nodes[at]?.stop();
      await fleet.replace(at);
    });
  },
  pause: (fleet, random, asking) =>
    during(asking, 30_000, async () => {
      const node = fleet.nodes[random.below(NODES)];
      node?.kill('SIGSTOP');
      await sleep(PAUSE_MS);
      node?.kill('SIGCONT');
    }),
  database: (fleet, _random, asking) =>
    during(asking, 100_000, async () => {
      await fleet.database.crash();
      await sleep(2_000);
      await fleet.database.start();
    }),
};
