/** Claimed jobs on SQLite. One node has them all: only its starts find what no longer runs. */
import { and, eq, inArray } from 'drizzle-orm';
import { moveInterrupted, recoverJobs } from './interrupted.ts';
import { type JobLeases, LIVE } from './jobs.ts';
import type { Db } from './open.ts';
import { owned } from './owned.ts';
import { type JobRow, jobs } from './schema.ts';
import { unsynced } from './unsynced.ts';

export function jobLeases(db: Db, onEnded: (job: JobRow) => void): JobLeases {
  return {
    async beat(bootId, leaseUntil) {
      const mine = and(eq(jobs.bootId, bootId), inArray(jobs.state, LIVE));
      unsynced(db, () => db.update(jobs).set({ leaseUntil }).where(mine).run());
      return [];
    },
    async abandon(claim, now) {
      return db.transaction((tx) => {
        const row = tx.select().from(jobs).where(owned(claim)).get();
        return row && moveInterrupted(tx, row, { now, crash: false });
      });
    },
    async recover(bootId, now) {
      const recovery = db.transaction((tx) => recoverJobs(tx, bootId, now), {
        behavior: 'immediate',
      });
      for (const job of recovery.dead) onEnded(job);
      return recovery;
    },
    async handOver() {
      // There is no other.
    },
  };
}
