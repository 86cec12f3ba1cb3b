/**
 * Jobs on PostgreSQL, for any number of nodes. The row is the job; that it runs somewhere is an
 * entry in the queue engine, made and dropped in the same commits.
 */
import { and, asc, count, desc, eq, gt, inArray, isNull, lt, min, ne, or, sql } from 'drizzle-orm';
import { detailOf, endValues } from '../ending.ts';
import { RELEASED } from '../interrupted.ts';
import {
  type Claim,
  type ClaimRules,
  type Jobs,
  LIVE,
  type QueuedJob,
  type Recovery,
} from '../jobs.ts';
import { idsAbove, sharingIds } from '../message-ids.ts';
import { PAUSED_UNTIL } from '../playlists.ts';
import type { JobRow, JobState, NewJob } from '../schema.ts';
import { SAYING_MS } from '../unsaid.ts';
import { queueOrder } from './choose.ts';
import { type Claimed, claimFollowers, claimNext } from './claim.ts';
import type { Engine } from './engine.ts';
import { homeIsGone } from './home.ts';
import {
  moveDead,
  moveInterrupted,
  moveStrays,
  moveTicketless,
  recoverOwn,
} from './interrupted.ts';
import { reopenGone } from './menus.ts';
import { CHANNEL, kickFrom, notifyKick } from './notify.ts';
import type { OpenedPostgres, PgRunner } from './open.ts';
import { owned } from './owned.ts';
import { again } from './patience.ts';
import { jobs, updates } from './schema.ts';
import { pgAddTally } from './tallies.ts';
import { BEGIN, BEGIN_CHOICE, type Transaction, transaction } from './transaction.ts';
import { markUnsaid, unmarkUnsaid, unsaidJobs } from './unsaid.ts';

export interface PgJobParts {
  opened: Pick<OpenedPostgres, 'db' | 'pool' | 'quick' | 'quickPool'>;
  engine: Engine;
  /** This node, the same over its restarts. */
  nodeId: string;
  /** This start of it. */
  bootId: string;
  /** Told of every job that ended by a write of this node, after its commit. */
  onEnded?: ((job: JobRow) => void) | undefined;
}

export interface PgJobs extends Jobs {
  /** Deals with the jobs of nodes that died; one of the nodes does it every few seconds. */
  sweep(now: number): Promise<Recovery>;
}

export function pgJobStore(parts: PgJobParts): PgJobs {
  return { ...readsOf(parts), ...writesOf(parts), ...endsOf(parts), ...claimsOf(parts) };
}

type Claims = Pick<
  PgJobs,
  'claim' | 'claimFollowers' | 'beat' | 'sweep' | 'recover' | 'abandon' | 'handOver'
>;

function claimsOf({ opened, engine, nodeId, bootId, onEnded = () => {} }: PgJobParts): Claims {
  const { pool, quick, quickPool } = opened;
  const tell = ({ dead }: Recovery) => dead.forEach(onEnded);
  const claim = async (begin: string, work: (tx: Transaction) => Promise<Claimed>) => {
    // Not tried again: a claim whose answer was lost comes back when nobody renews its lease.
    const { rows, recovery } = await transaction(quickPool, begin, work);
    if (recovery) tell(recovery);
    return rows;
  };
  const recovered = async (work: (tx: Transaction) => Promise<Recovery>) => {
    const recovery = await again(() => transaction(pool, BEGIN, work));
    tell(recovery);
    return recovery;
  };
  const how = (now: number) => ({ now, bootId });
  return {
    async claim(rules: ClaimRules) {
      const [row] = await claim(BEGIN_CHOICE, (tx) => claimNext(tx, engine, rules, nodeId));
      return row;
    },
    claimFollowers: (fileKey, rules) =>
      claim(BEGIN, (tx) => claimFollowers(tx, engine, { fileKey, rules, nodeId })),
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
    recover: (boot, now) =>
      recovered((tx) => recoverOwn(tx, engine, { ...how(now), boot, nodeId })),
    abandon: (claim, now) =>
      transaction(pool, BEGIN, async ({ db, engine: entries }) => {
        const [row] = await db.select().from(jobs).where(owned(claim)).for('update');
        if (!row) return undefined;
        const moved = await moveInterrupted(db, row, { now, crash: false });
        await engine.drop(entries, ticketOf(row));
        return moved;
      }),
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

const ticketOf = ({ ticket }: { ticket: string | null }) => (ticket === null ? [] : [ticket]);

const merged = (all: readonly Recovery[]): Recovery => ({
  requeued: all.flatMap(({ requeued }) => requeued),
  dead: all.flatMap(({ dead }) => dead),
  uncertain: all.flatMap(({ uncertain }) => uncertain),
});

type Ends = Pick<PgJobs, 'end' | 'requeue' | 'cancelWaiting' | 'answered'>;

function endsOf({
  opened: { pool },
  engine,
  onEnded = () => {},
  nodeId,
  bootId,
}: PgJobParts): Ends {
  const told = (row: JobRow | undefined): boolean => {
    if (row) onEnded(row);
    return row !== undefined;
  };
  return {
    async end(claim, ending) {
      const ended = await again(() =>
        transaction(pool, BEGIN, async ({ db, engine: entries }) => {
          const [row] = await db
            .update(jobs)
            .set(endValues(ending))
            .where(owned(claim))
            .returning();
          if (!row) return undefined;
          await engine.drop(entries, ticketOf(row));
          const { unsaid, now, error } = ending;
          if (unsaid) await markUnsaid(db, row.id, now + SAYING_MS, error?.facts);
          await pgAddTally(db, row);
          return row;
        }),
      );
      return told(ended);
    },
    requeue: (claim, { notBefore, burn, error }) =>
      again(() =>
        transaction(pool, BEGIN, async ({ db, engine: entries }) => {
          const change = {
            ...RELEASED,
            state: 'queued' as const,
            notBefore,
            attempt: burn ? claim.attempt : claim.attempt - 1,
            errorCode: error?.code ?? null,
            errorDetail: detailOf(error),
          };
          const [row] = await db.update(jobs).set(change).where(owned(claim)).returning();
          if (!row) return false;
          await engine.drop(entries, ticketOf(row));
          if (notBefore === 0) await notifyKick(db, bootId);
          return true;
        }),
      ),
    async cancelWaiting(id, now, { unsaid = false } = {}) {
      const ended = await transaction(pool, BEGIN, async ({ db }) => {
        const states: JobState[] = ['queued', 'asking'];
        const change = { state: 'cancelled' as const, errorCode: 'cancelled', finishedAt: now };
        const waiting = and(eq(jobs.id, id), inArray(jobs.state, states));
        const [row] = await db.update(jobs).set(change).where(waiting).returning();
        if (row) await pgAddTally(db, row);
        if (row && unsaid) await markUnsaid(db, id, now + SAYING_MS);
        return row;
      });
      return told(ended);
    },
    answered: (id, now, more) =>
      transaction(pool, BEGIN, ({ db }) => answerQuestion(db, { id, now, more, nodeId, bootId })),
  };
}

interface Question extends Pick<PgJobParts, 'nodeId' | 'bootId'> {
  id: number;
  now: number;
  more: NewJob | undefined;
}

async function answerQuestion(db: PgRunner, { id, now, more, nodeId, bootId }: Question) {
  const { rowCount } = await db
    .update(jobs)
    .set({ state: 'done', finishedAt: now })
    .where(and(eq(jobs.id, id), eq(jobs.state, 'uncertain')));
  await unmarkUnsaid(db, id);
  const was = rowCount === 1;
  if (!more) return { was, jobs: [] };
  if (was) {
    await db
      .insert(jobs)
      .values({ ...more, home: nodeId })
      .onConflictDoNothing();
    await notifyKick(db, bootId);
  }
  // Told again after a crash, the same update finds the job it made.
  return { was, jobs: await db.select().from(jobs).where(eq(jobs.updateId, more.updateId)) };
}

type Writes = Pick<
  PgJobs,
  | 'add'
  | 'stage'
  | 'setStatusMessage'
  | 'expectStatusMessage'
  | 'beginSending'
  | 'lastByteSent'
  | 'sent'
  | 'notSent'
  | 'said'
  | 'shiftDue'
  | 'moveChat'
>;

function writesOf({ opened: { db, pool, quick }, nodeId, bootId }: PgJobParts): Writes {
  const changed = (on: PgRunner, claim: Claim, change: Partial<JobRow>) =>
    again(async () => (await on.update(jobs).set(change).where(owned(claim))).rowCount === 1);
  return {
    add: (updateId, rows) =>
      again(() =>
        transaction(pool, BEGIN, (tx) => addJobs(tx.db, updateId, rows, { nodeId, bootId })),
      ),
    stage: (claim, stage, facts = {}) => changed(quick, claim, { stage, ...facts }),
    async setStatusMessage(id, messageId) {
      // Now that it is known where to show it, the job may run on any node. On the disk: what a
      // database that crashes forgets would stay in the chat.
      await again(() =>
        db.execute(sql`WITH shown AS (
          UPDATE jobs SET status_message_id = ${messageId}, status_floor = NULL
          WHERE id = ${id} RETURNING state, status_message_id)
          SELECT pg_notify(${CHANNEL}, ${kickFrom(bootId)}) FROM shown
          WHERE state = 'queued' AND status_message_id IS NOT NULL`),
      );
    },
    async expectStatusMessage(id, above) {
      const known = { statusFloor: above };
      const shownHere = and(eq(jobs.id, id), or(isNull(jobs.home), eq(jobs.home, nodeId)));
      const { rowCount } = await again(() => db.update(jobs).set(known).where(shownHere));
      return rowCount === 1;
    },
    beginSending: (claim) =>
      changed(db, claim, { state: 'sending', stage: 'uploading', lastByteSent: 0 }),
    lastByteSent: (claim) => changed(db, claim, { lastByteSent: 1 }),
    async sent(claim, sentCount) {
      await changed(db, claim, { sentCount, lastByteSent: 0 });
    },
    async notSent(claim) {
      await changed(db, claim, { state: 'running', stage: 'extracting', lastByteSent: 0 });
    },
    said: (id, errorId) =>
      again(() =>
        transaction(pool, BEGIN, async (tx) => {
          if (errorId) await tx.db.update(jobs).set({ errorId }).where(eq(jobs.id, id));
          await unmarkUnsaid(tx.db, id);
        }),
      ),
    async shiftDue(byMs) {
      const mine = and(
        eq(jobs.state, 'queued'),
        eq(jobs.home, nodeId),
        gt(jobs.notBefore, 0),
        lt(jobs.notBefore, PAUSED_UNTIL),
      );
      const moved = sql`greatest(0, ${jobs.notBefore} + ${Math.round(byMs)})`;
      await db.update(jobs).set({ notBefore: moved }).where(mine);
    },
    async moveChat(from, to) {
      const moved = { chatId: to, chatType: 'supergroup' as const };
      await again(() => db.update(jobs).set(moved).where(eq(jobs.chatId, from)));
    },
  };
}

async function addJobs(
  db: PgRunner,
  updateId: number,
  rows: readonly NewJob[],
  { nodeId, bootId }: Pick<PgJobParts, 'nodeId' | 'bootId'>,
): Promise<JobRow[]> {
  const settled = { state: 'done' as const, request: null };
  if (rows.length > 0) {
    const own = rows.map((row) => ({ ...row, home: nodeId }));
    await db.insert(jobs).values(own).onConflictDoNothing();
  }
  await db.update(updates).set(settled).where(eq(updates.updateId, updateId));
  // The others wait for the id of their status message: only their home may take them until then.
  if (rows.some(({ quiet }) => quiet === 1)) await notifyKick(db, bootId);
  return db.select().from(jobs).where(eq(jobs.updateId, updateId)).orderBy(jobs.item);
}

type Reads = Omit<PgJobs, keyof Claims | keyof Ends | keyof Writes>;

function readsOf({ opened: { db }, nodeId }: PgJobParts): Reads {
  return {
    async find(id) {
      return (await again(() => db.select().from(jobs).where(eq(jobs.id, id))))[0];
    },
    async findByError(errorId) {
      const named = eq(jobs.errorId, errorId);
      return (await db.select().from(jobs).where(named).orderBy(desc(jobs.id)).limit(1))[0];
    },
    unsaid: () => unsaidJobs(db),
    async messageIdsAbove(job, above) {
      const ids = { replyTo: jobs.replyTo, status: jobs.statusMessageId, sent: jobs.sentMessageId };
      return idsAbove(await db.select(ids).from(jobs).where(sharingIds(jobs, job)), above);
    },
    async leftMessages() {
      return db.selectDistinctOn([jobs.updateId]).from(jobs).where(leftMessage(nodeId));
    },
    async figures() {
      const rows = await db
        .select({ state: jobs.state, n: count() })
        .from(jobs)
        .where(inArray(jobs.state, ['queued', ...LIVE]))
        .groupBy(jobs.state);
      const of = (state: JobState) => rows.find((row) => row.state === state)?.n ?? 0;
      return { queued: of('queued'), running: of('running'), sending: of('sending') };
    },
    async order() {
      return (await db.execute<QueuedJob>(queueOrder)).rows;
    },
    async ofUser(userId, states, limit) {
      const theirs = and(eq(jobs.userId, userId), inArray(jobs.state, [...states]));
      return db.select().from(jobs).where(theirs).orderBy(desc(jobs.id)).limit(limit);
    },
    async ofUpdate(updateId) {
      return db.select().from(jobs).where(eq(jobs.updateId, updateId)).orderBy(asc(jobs.id));
    },
    async countOfUser(userId) {
      const waiting = and(eq(jobs.userId, userId), inArray(jobs.state, ['queued', ...LIVE]));
      return (await db.select({ n: count() }).from(jobs).where(waiting))[0]?.n ?? 0;
    },
    async live(limit) {
      const runs = inArray(jobs.state, LIVE);
      return db.select().from(jobs).where(runs).orderBy(asc(jobs.startedAt)).limit(limit);
    },
    async waiting() {
      return db.select().from(jobs).where(eq(jobs.state, 'queued')).orderBy(asc(jobs.id));
    },
    async nextDue(now) {
      const later = and(eq(jobs.state, 'queued'), gt(jobs.notBefore, now));
      const [first] = await db
        .select({ at: min(jobs.notBefore) })
        .from(jobs)
        .where(later);
      return first?.at ?? undefined;
    },
  };
}

/**
 * A message stays while a job of its update is alive, and where a job's last words stand in it.
 * Another living node is just taking its own away.
 */
const leftMessage = (nodeId: string) => sql`(
    ${jobs.state} = 'done' AND ${jobs.statusMessageId} IS NOT NULL
    OR ${jobs.state} IN ('done', 'failed', 'cancelled', 'uncertain')
      AND ${jobs.statusMessageId} IS NULL AND ${jobs.statusFloor} IS NOT NULL)
  AND (${jobs.home} = ${nodeId} OR ${homeIsGone(sql`${jobs.home}`, nodeId)})
  AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.update_id = ${jobs.updateId}
    AND o.state IN ('queued', 'asking', 'running', 'sending'))`;
