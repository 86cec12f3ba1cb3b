/** What a run writes of itself on its way, on SQLite. */
import type { Claim, JobSteps } from './jobs.ts';
import type { Db } from './open.ts';
import { owned } from './owned.ts';
import { type JobRow, jobs } from './schema.ts';
import { unsynced } from './unsynced.ts';

export function jobSteps(db: Db): JobSteps {
  const changed = (claim: Claim, change: Partial<JobRow>) =>
    db.update(jobs).set(change).where(owned(claim)).run().changes === 1;
  return {
    async stage(claim, stage, facts = {}) {
      return unsynced(db, () => changed(claim, { stage, ...facts }));
    },
    async beginSending(claim) {
      const sending = { state: 'sending', stage: 'uploading', lastByteSent: 0 } as const;
      // Until the last byte leaves, nothing stands in the chat and a start simply sends anew. That
      // byte's mark waits for the disk and takes along what was written before it.
      return unsynced(db, () => changed(claim, sending));
    },
    async lastByteSent(claim) {
      return changed(claim, { lastByteSent: 1 });
    },
    async sent(claim, sentCount) {
      changed(claim, { sentCount, lastByteSent: 0 });
    },
    async notSent(claim) {
      changed(claim, { state: 'running', stage: 'extracting', lastByteSent: 0 });
    },
  };
}
