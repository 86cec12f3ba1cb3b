/** What a run writes of itself on its way, on PostgreSQL. */
import type { Claim, JobSteps } from '../jobs.ts';
import type { JobRow } from '../schema.ts';
import type { PgJobParts } from './job-parts.ts';
import type { PgRunner } from './open.ts';
import { owned } from './owned.ts';
import { again } from './patience.ts';
import { jobs } from './schema.ts';

export function pgJobSteps({ opened: { db, quick } }: PgJobParts): JobSteps {
  const changed = (on: PgRunner, claim: Claim, change: Partial<JobRow>) =>
    again(async () => (await on.update(jobs).set(change).where(owned(claim))).rowCount === 1);
  return {
    stage: (claim, stage, facts = {}) => changed(quick, claim, { stage, ...facts }),
    beginSending: (claim) =>
      changed(db, claim, { state: 'sending', stage: 'uploading', lastByteSent: 0 }),
    lastByteSent: (claim) => changed(db, claim, { lastByteSent: 1 }),
    async sent(claim, sentCount) {
      await changed(db, claim, { sentCount, lastByteSent: 0 });
    },
    async notSent(claim) {
      await changed(db, claim, { state: 'running', stage: 'extracting', lastByteSent: 0 });
    },
  };
}
