/** Jobs per second of 1, 2 and 4 nodes on one PostgreSQL, and what each job costs the database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningBotApi, startBotApi } from '../../tests/support/bot-api.ts';
import { percentile } from '../bench/load.ts';
import { cpuOfTree, pssOfTree } from '../bench/process-tree.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { createPeople, outcomeOf } from './people.ts';

export interface Throughput {
  nodes: number;
  slots: number;
  jobs: number;
  delivered: number;
  /** Seconds from the first to the last delivery of the middle part, start and end left out. */
  perSecond: number;
  p50: number;
  p95: number;
  /** CPU seconds a job. */
  databaseCpu: number;
  nodeCpu: number;
  /** Bot API calls a job. */
  calls: number;
  /** Largest PSS of one node's tree, bytes. */
  peakNode: number;
}

const SLOTS = 8;
/** 200 kB in some 16 s: a node's slots are full while its two cores are not. */
const RATE = 12_500;
const ROUNDS = 5;

export async function throughput(nodes: number): Promise<Throughput> {
  const fleet = await startFleet({ telegram: await startBotApi(), nodes, slots: SLOTS });
  try {
    return await measure(fleet, nodes);
  } finally {
    await fleet.close();
  }
}

async function measure(fleet: Fleet<RunningBotApi>, nodes: number): Promise<Throughput> {
  const people = createPeople(fleet);
  const jobs = nodes * SLOTS * ROUNDS;
  const trees = () => fleet.nodes.map(({ pid }) => pid);
  const cpu = (roots: number[]) => roots.reduce((sum, pid) => sum + cpuOfTree(pid), 0);
  const database = [fleet.database.pid()];
  const before = { nodes: cpu(trees()), database: cpu(database) };
  const callsBefore = fleet.telegram.api.calls.length;
  let peakNode = 0;
  const looking = setInterval(() => {
    peakNode = Math.max(peakNode, ...trees().map(pssOfTree));
  }, 2_000);
  for (let n = 0; n < jobs; n += 1) await people.ask(fleet.link(`t${nodes}-${n}`, RATE));
  await people.delivered(jobs);
  clearInterval(looking);
  const { delivered } = await outcomeOf(fleet, people, 30_000);
  await sleep(1_000);
  const at = people.all.map((one) => one.from + (one.delivered ?? 0)).sort((a, b) => a - b);
  const ms = people.all.map((one) => one.delivered ?? 0).sort((a, b) => a - b);
  return {
    ...{ nodes, slots: SLOTS, jobs, delivered, peakNode },
    perSecond: steady(at, nodes * SLOTS),
    p50: percentile(ms, 0.5),
    p95: percentile(ms, 0.95),
    calls: (fleet.telegram.api.calls.length - callsBefore) / jobs,
    databaseCpu: (cpu(database) - before.database) / jobs,
    nodeCpu: (cpu(trees()) - before.nodes) / jobs,
  };
}

/** From the end of the first round to the end of the last: the slots were full all the while. */
function steady(at: readonly number[], places: number): number {
  const [from = 0, to = 0] = [at[places - 1], at[at.length - 1]];
  return ((at.length - places) * 1000) / (to - from);
}
