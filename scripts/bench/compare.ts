/** The comparison: every system, kind of file and number of people, one after the other. */
import { freshLink, type Kind } from './kinds.ts';
import { closedLoop, percentile } from './load.ts';
import { watchPss } from './process-tree.ts';
import type { System } from './systems.ts';

export interface Row {
  system: string;
  kind: Kind;
  people: number;
  jobs: number;
  failed: number;
  /** ms. */
  p50: number;
  p95: number;
  jobsPerSecond: number;
  /** CPU seconds of the whole process tree per job. */
  cpuPerJob: number;
  /** Bytes. */
  peakPss: number;
}

export interface Cell {
  system: System;
  kind: Kind;
  people: number;
  jobs: number;
  sitePort: number;
}

export async function measure({ system, kind, people, jobs, sitePort }: Cell): Promise<Row> {
  const before = await system.cpu();
  const memory = watchPss(system.roots);
  const load = await closedLoop(people, jobs, () => system.job(freshLink(sitePort, kind)));
  const peakPss = memory.stop();
  const cpu = (await system.cpu()) - before;
  for (const failure of new Set(load.failures))
    console.error(`${system.name}, ${kind}: ${failure}`);
  return {
    ...{ system: system.name, kind, people, jobs, peakPss },
    failed: load.failures.length,
    p50: percentile(load.latencies, 0.5),
    p95: percentile(load.latencies, 0.95),
    jobsPerSecond: load.latencies.length / load.wall,
    cpuPerJob: cpu / jobs,
  };
}
