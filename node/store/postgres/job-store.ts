/**
 * Jobs on PostgreSQL, for any number of nodes. The row is the job; that it runs somewhere is an
 * entry in the queue engine, made and dropped in the same commits.
 */
import type { Jobs } from '../jobs.ts';
import { pgJobEnds } from './job-ends.ts';
import { type PgJobLeases, pgJobLeases } from './job-leases.ts';
import { pgJobMessages } from './job-messages.ts';
import type { PgJobParts } from './job-parts.ts';
import { pgJobQueue } from './job-queue.ts';
import { pgJobReads } from './job-reads.ts';
import { pgJobSteps } from './job-steps.ts';

export type PgJobs = Jobs & PgJobLeases;

export const pgJobStore = (parts: PgJobParts): PgJobs => ({
  ...pgJobQueue(parts),
  ...pgJobLeases(parts),
  ...pgJobSteps(parts),
  ...pgJobEnds(parts),
  ...pgJobMessages(parts),
  ...pgJobReads(parts),
});
