/** Jobs whose runs ended while the database refused to take it: they are settled when it does. */
import type { Log } from '../log.ts';
import type { Jobs } from '../store/jobs.ts';
import type { JobRow } from '../store/schema.ts';

export interface Unsettled {
  add(job: JobRow): void;
  /** Their leases are renewed meanwhile: no other node may take them for jobs of a dead one. */
  ids(): number[];
  /** @throws what the store throws; those that are left are tried again */
  settle(): Promise<void>;
}

export interface UnsettledParts {
  jobs: Pick<Jobs, 'abandon'>;
  log: Log;
  now(): number;
}

export function createUnsettled({ jobs, log, now }: UnsettledParts): Unsettled {
  const left = new Map<number, JobRow>();
  return {
    add: (job) => void left.set(job.id, job),
    ids: () => [...left.keys()],
    async settle() {
      for (const job of left.values()) {
        const moved = await jobs.abandon(job, now());
        left.delete(job.id);
        log.warn({ job: job.id, became: moved?.kind }, 'a job that could not be settled is now');
      }
    },
  };
}
