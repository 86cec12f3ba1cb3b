/** This node's places and running jobs with those of the other living nodes. */
import type { JobRow } from '../store/schema.ts';
import type { Cluster } from './cluster.ts';

export type Busy = Pick<JobRow, 'site' | 'startedAt'>;

export interface Capacity {
  places(): number;
  running(): Iterable<Busy>;
}

/** The others' are as old as their last heartbeat: good enough for a waiting time. */
export function everywhere(cluster: Pick<Cluster, 'living'>, own: Capacity): Capacity {
  const others = () => cluster.living().filter(({ here, draining }) => !here && !draining);
  return {
    places: () => others().reduce((sum, { facts }) => sum + facts.places, own.places()),
    running: () => [...own.running(), ...others().flatMap(({ facts }) => facts.busy)],
  };
}
