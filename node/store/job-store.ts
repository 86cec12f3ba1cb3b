/** Jobs on SQLite. */
import { jobEnds } from './job-ends.ts';
import { jobLeases } from './job-leases.ts';
import { jobMessages } from './job-messages.ts';
import { jobQueue } from './job-queue.ts';
import { jobReads } from './job-reads.ts';
import { jobSteps } from './job-steps.ts';
import type { Jobs } from './jobs.ts';
import type { Db } from './open.ts';
import type { JobRow } from './schema.ts';

/** @param onEnded told of every job that ends, after its commit */
export const jobStore = (db: Db, onEnded: (job: JobRow) => void = () => {}): Jobs => ({
  ...jobQueue(db),
  ...jobLeases(db, onEnded),
  ...jobSteps(db),
  ...jobEnds(db, onEnded),
  ...jobMessages(db),
  ...jobReads(db),
});
