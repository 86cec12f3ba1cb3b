/** Claimed jobs on PostgreSQL: whether they still run somewhere, and those of nodes that died. */
import { and, eq, inArray, ne } from 'drizzle-orm';
import type { Recovery } from '../interrupted.ts';
import { type JobLeases, LIVE } from '../jobs.ts';
import { ticketOf } from './engine.ts';
import {
  moveDead,
  moveInterrupted,
  moveStrays,
  moveTicketless,
  recoverOwn,
} from './interrupted.ts';
import type { PgJobParts } from './job-parts.ts';
import { reopenGone } from './menus.ts';
import { notifyKick } from './notify.ts';
import { owned } from './owned.ts';
import { again } from './patience.ts';
import { jobs } from './schema.ts';
import { BEGIN, type Transaction, transaction } from './transaction.ts';

export interface PgJobLeases extends JobLeases {
  /** Deals with the jobs of nodes that died; one of the nodes does it every few seconds. */
  sweep(now: number): Promise<Recovery>;
}

export function pgJobLeases(parts: PgJobParts): PgJobLeases {
  const { opened, engine, nodeId, bootId, onEnded = () => {} } = parts;
  const { pool, quick } = opened;
  const recovered = async (work: (tx: Transaction) => Promise<Recovery>) => {
    const recovery = await again(() => transaction(pool, BEGIN, work));
    recovery.dead.forEach(onEnded);
    return recovery;
  };
  const how = (now: number) => ({ now, bootId });
  return {
    async beat(boot, _leaseUntil, running) {
      if (running.length === 0) return [];
      return again(async () => {
        await engine.renew(quick, boot, running);
        const elsewhere = and(
          inArray(jobs.id, [...running]),
          inArray(jobs.state, LIVE),
          ne(jobs.bootId, boot),
        );
        const taken = await quick.select({ id: jobs.id }).from(jobs).where(elsewhere);
        return taken.map(({ id }) => id);
      });
    },
    abandon: (claim, now) =>
      transaction(pool, BEGIN, async ({ db, engine: entries }) => {
        const [row] = await db.select().from(jobs).where(owned(claim)).for('update');
        if (!row) return undefined;
        const moved = await moveInterrupted(db, row, { now, crash: false });
        await engine.drop(entries, ticketOf(row));
        return moved;
      }),
    recover: (boot, now) =>
      recovered((tx) => recoverOwn(tx, engine, { ...how(now), boot, nodeId })),
    async sweep(now) {
      const strays = await recovered(async (tx) =>
        moveStrays(tx, engine, await engine.strays(tx.engine), how(now)),
      );
      const dead = await recovered(async (tx) =>
        moveDead(tx, engine, await engine.dead(tx.engine), how(now)),
      );
      const lost = await recovered((tx) => moveTicketless(tx, how(now)));
      await reopenGone(opened.db, nodeId, bootId);
      return merged([strays, dead, lost]);
    },
    async handOver() {
      await again(() =>
        transaction(pool, BEGIN, async ({ db }) => {
          const mine = and(eq(jobs.home, nodeId), inArray(jobs.state, ['queued', 'asking']));
          await db.update(jobs).set({ home: null }).where(mine);
          await notifyKick(db, bootId);
        }),
      );
    },
  };
}

const merged = (all: readonly Recovery[]): Recovery => ({
  requeued: all.flatMap(({ requeued }) => requeued),
  dead: all.flatMap(({ dead }) => dead),
  uncertain: all.flatMap(({ uncertain }) => uncertain),
});
