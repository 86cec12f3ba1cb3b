/** Jobs that wait for a person's choice, on PostgreSQL; see `../menus.ts`. */
import { and, eq, inArray, isNotNull, lt, or, type SQL, sql } from 'drizzle-orm';
import { RELEASED } from '../interrupted.ts';
import { FRESH, type Menus, UNDER_WAY } from '../menus.ts';
import type { NewJob } from '../schema.ts';
import { homeIsGone } from './home.ts';
import type { PgJobParts } from './job-parts.ts';
import { notifyKick } from './notify.ts';
import type { PgRunner } from './open.ts';
import { owned } from './owned.ts';
import { again } from './patience.ts';
import { jobs, updates } from './schema.ts';
import { BEGIN, transaction } from './transaction.ts';

/** First key of the locks that keep two taps apart; the second is made from what they ask for. */
const TAP_LOCK = 7_076_803;

export function pgMenuStore({ opened, engine, nodeId, bootId }: PgJobParts): Menus {
  const { db, pool, quick } = opened;
  const asking = (id: number) => and(eq(jobs.id, id), eq(jobs.state, 'asking'));
  return {
    ask: (claim) =>
      again(() =>
        transaction(pool, BEGIN, async (tx) => {
          const mine = and(owned(claim), eq(jobs.state, 'running'));
          const waits = { ...RELEASED, state: 'asking' as const, stage: 'extracting' as const };
          const [row] = await tx.db.update(jobs).set(waits).where(mine).returning();
          if (row?.ticket) await engine.drop(tx.engine, [row.ticket]);
          return row !== undefined;
        }),
      ),
    async asked(id) {
      await again(() => quick.update(jobs).set({ stage: null }).where(asking(id)));
    },
    async reopenUnseen() {
      return reopen(db, or(eq(jobs.home, nodeId), homeIsGone(sql`${jobs.home}`, nodeId)));
    },
    async notSeen(id, notBefore) {
      const again = { state: 'queued' as const, stage: null, notBefore };
      await db
        .update(jobs)
        .set(again)
        .where(and(asking(id), isNotNull(jobs.stage)));
    },
    choose: (id, { updateId, now, ...picked }) =>
      transaction(pool, BEGIN, async (tx) => {
        await settleUpdate(tx.db, updateId);
        const fresh = { ...picked, ...FRESH, updateId, state: 'queued' as const, createdAt: now };
        const change = { ...fresh, home: nodeId };
        const [row] = await tx.db.update(jobs).set(change).where(asking(id)).returning();
        if (row) await notifyKick(tx.db, bootId);
        return row;
      }),
    addOnce: (row) =>
      transaction(pool, BEGIN, async (tx) => {
        const what = `${row.userId} ${row.chatId} ${row.fileKey}`;
        await tx.db.execute(sql`SELECT pg_advisory_xact_lock(${TAP_LOCK}, hashtext(${what}))`);
        await settleUpdate(tx.db, row.updateId);
        if (await underWay(tx.db, row)) return undefined;
        const own = { ...row, home: nodeId };
        const [added] = await tx.db.insert(jobs).values(own).onConflictDoNothing().returning();
        if (added) await notifyKick(tx.db, bootId);
        return added;
      }),
    async closeOld(before, now) {
      const old = and(eq(jobs.state, 'asking'), lt(jobs.createdAt, before));
      const closed = { state: 'cancelled' as const, errorCode: 'cancelled', finishedAt: now };
      return (await db.update(jobs).set(closed).where(old)).rowCount ?? 0;
    },
  };
}

/** Another living node may be opening its menus at this moment. */
async function reopen(db: PgRunner, of: SQL | undefined): Promise<number> {
  const unseen = and(eq(jobs.state, 'asking'), isNotNull(jobs.stage), of);
  const change = { state: 'queued' as const, stage: null };
  return (await db.update(jobs).set(change).where(unseen)).rowCount ?? 0;
}

/** Menus of nodes that died before anybody can have seen them. */
export async function reopenGone(db: PgRunner, nodeId: string, bootId: string): Promise<void> {
  const reopened = await reopen(db, homeIsGone(sql`${jobs.home}`, nodeId));
  if (reopened > 0) await notifyKick(db, bootId);
}

async function underWay(db: PgRunner, { userId, chatId, fileKey }: NewJob): Promise<boolean> {
  const same = and(
    ...[eq(jobs.userId, userId), eq(jobs.chatId, chatId), eq(jobs.fileKey, fileKey)],
    inArray(jobs.state, [...UNDER_WAY]),
  );
  return (await db.select({ id: jobs.id }).from(jobs).where(same).limit(1)).length > 0;
}

async function settleUpdate(db: PgRunner, updateId: number): Promise<void> {
  const settled = { state: 'done' as const, request: null };
  await db.update(updates).set(settled).where(eq(updates.updateId, updateId));
}
