/**
 * Jobs that wait for a person's choice. The row's state is the lock: whatever comes twice (a
 * double tap, an update delivered again) finds it in another state and does nothing.
 */
import { and, eq, inArray, isNotNull, lt } from 'drizzle-orm';
import { RELEASED } from './interrupted.ts';
import type { Claim } from './jobs.ts';
import type { Db, Tx } from './open.ts';
import { type JobRow, jobs, type NewJob, updates } from './schema.ts';

/** An answer to an open menu. */
export interface Picked {
  updateId: number;
  item: number;
  choice: string;
  fileKey: string;
  /** The message that becomes the job's status; the one it has when absent. */
  statusMessageId?: number;
  now: number;
}

export interface Menus {
  /** The menu of a running job opens: from now on it waits for a person. */
  ask(claim: Claim): Promise<boolean>;
  /** The menu can be seen; one that never could is opened again after a crash. */
  asked(id: number): Promise<void>;
  reopenUnseen(): Promise<number>;
  /** The menu did not get through: the job joins the queue again and is due at that time, ms. */
  notSeen(id: number, notBefore: number): Promise<void>;
  /**
   * What a person picked: the waiting job joins the queue as a job of the update that picked.
   * Undefined when it does not wait (any more).
   */
  choose(id: number, picked: Picked): Promise<JobRow | undefined>;
  /** Adds one job unless the person has the same one under way in that chat. */
  addOnce(row: NewJob): Promise<JobRow | undefined>;
  /** Menus nobody answered since then are closed; answers how many. */
  closeOld(before: number, now: number): Promise<number>;
}

export const UNDER_WAY = ['queued', 'asking', 'running', 'sending'] as const;

/**
 * A job that starts over. Its attempts go on counting: the run that opened the menu may still be
 * putting its folder away, and the next one needs a folder and a fence of its own.
 */
export const FRESH = {
  stage: null,
  crashes: 0,
  notBefore: 0,
  sentCount: 0,
  startedAt: null,
} as const;

export function menuStore(db: Db): Menus {
  const asking = (id: number) => and(eq(jobs.id, id), eq(jobs.state, 'asking'));
  return {
    async ask({ id, attempt }) {
      const mine = and(eq(jobs.id, id), eq(jobs.attempt, attempt), eq(jobs.state, 'running'));
      const waits = { ...RELEASED, state: 'asking' as const, stage: 'extracting' as const };
      return db.update(jobs).set(waits).where(mine).run().changes === 1;
    },
    async asked(id) {
      db.update(jobs).set({ stage: null }).where(asking(id)).run();
    },
    async reopenUnseen() {
      const unseen = and(eq(jobs.state, 'asking'), isNotNull(jobs.stage));
      return db.update(jobs).set({ state: 'queued', stage: null }).where(unseen).run().changes;
    },
    async notSeen(id, notBefore) {
      const again = { state: 'queued' as const, stage: null, notBefore };
      db.update(jobs)
        .set(again)
        .where(and(asking(id), isNotNull(jobs.stage)))
        .run();
    },
    async choose(id, { updateId, now, ...picked }) {
      const change = { ...picked, ...FRESH, updateId, state: 'queued' as const, createdAt: now };
      return db.transaction(
        (tx) => {
          settleUpdate(tx, updateId);
          return tx.update(jobs).set(change).where(asking(id)).returning().get();
        },
        { behavior: 'immediate' },
      );
    },
    async addOnce(row) {
      return db.transaction(
        (tx) => {
          settleUpdate(tx, row.updateId);
          if (underWay(tx, row)) return undefined;
          return tx.insert(jobs).values(row).onConflictDoNothing().returning().get();
        },
        { behavior: 'immediate' },
      );
    },
    async closeOld(before, now) {
      const old = and(eq(jobs.state, 'asking'), lt(jobs.createdAt, before));
      const closed = { state: 'cancelled' as const, errorCode: 'cancelled', finishedAt: now };
      return db.update(jobs).set(closed).where(old).run().changes;
    },
  };
}

function underWay(tx: Tx, { userId, chatId, fileKey }: NewJob): boolean {
  const same = and(
    ...[eq(jobs.userId, userId), eq(jobs.chatId, chatId), eq(jobs.fileKey, fileKey)],
    inArray(jobs.state, [...UNDER_WAY]),
  );
  return tx.select({ id: jobs.id }).from(jobs).where(same).get() !== undefined;
}

function settleUpdate(tx: Tx, updateId: number): void {
  tx.update(updates)
    .set({ state: 'done', request: null })
    .where(eq(updates.updateId, updateId))
    .run();
}
