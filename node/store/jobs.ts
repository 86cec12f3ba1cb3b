/**
 * Jobs from acceptance to their end. Every write of a running job names its attempt (the
 * fence): an attempt that lost its lease and still runs somewhere can change nothing.
 */
import { and, asc, count, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import type { JobError } from '../../shared/errors.ts';
import { detailOf, endValues } from './ending.ts';
import { type Interrupted, moveInterrupted, RELEASED, recoverJobs } from './interrupted.ts';
import { idsAbove, sharingIds } from './message-ids.ts';
import type { Db, Tx } from './open.ts';
import { PAUSED_UNTIL } from './playlists.ts';
import { type JobRow, type JobState, jobs, type NewJob, type Stage, updates } from './schema.ts';
import { addTally } from './tallies.ts';
import { markUnsaid, type OwedJob, SAYING_MS, unmarkUnsaid, unsaidJobs } from './unsaid.ts';
import { unsynced } from './unsynced.ts';

/**
 * A claimed job, as later writes name it. Several nodes may give one job the same attempt number
 * (one puts it back uncounted, another takes it), so where the database is shared the ticket of
 * the claim belongs to the fence: no two claims have the same.
 */
export type Claim = Pick<JobRow, 'id' | 'attempt'> & { ticket?: string | null };

export interface ClaimRules {
  bootId: string;
  now: number;
  /** ms the lease holds without a heartbeat. */
  leaseMs: number;
  /** How many jobs of one person may run at once. */
  perUser: number;
  /** Sites whose breaker is open: their jobs wait. */
  skipSites: readonly string[];
}

export interface Ending {
  state: Extract<JobState, 'done' | 'failed' | 'cancelled' | 'uncertain'>;
  now: number;
  error?: JobError | undefined;
  errorId?: string | undefined;
  sentMessageId?: number | undefined;
  fromCache?: boolean | undefined;
  /** Its last words are said next and owed until they got through, see `unsaid`. */
  unsaid?: boolean | undefined;
}

/** What a start found of an earlier process: ran again, given up, or to be asked about. */
export interface Recovery {
  requeued: JobRow[];
  dead: JobRow[];
  uncertain: JobRow[];
}

/** What the waiting line needs of a job: the line may be thousands long. */
export type QueuedJob = Pick<JobRow, 'id' | 'updateId' | 'userId' | 'site' | 'notBefore'>;

export interface QueueFigures {
  queued: number;
  running: number;
  sending: number;
}

export interface Jobs {
  /** Adds the jobs of one update and settles it, in one commit; known ones are left alone. */
  add(updateId: number, rows: NewJob[]): Promise<JobRow[]>;
  claim(rules: ClaimRules): Promise<JobRow | undefined>;
  /** Takes every queued job that asks for the same file. */
  claimFollowers(fileKey: string, rules: ClaimRules): Promise<JobRow[]>;
  find(id: number): Promise<JobRow | undefined>;
  findByError(errorId: string): Promise<JobRow | undefined>;
  stage(
    claim: Claim,
    stage: Stage,
    facts?: Partial<Pick<JobRow, 'title' | 'bytes'>>,
  ): Promise<boolean>;
  /**
   * Renews the leases of the jobs that run here.
   * @returns those among them that another node has taken meanwhile
   */
  beat(bootId: string, leaseUntil: number, running: readonly number[]): Promise<readonly number[]>;
  setStatusMessage(id: number, messageId: number | null): Promise<void>;
  /**
   * Its first status message is about to leave: it will have an id above this one. False when
   * another node shows the job by now: that one knows nothing of a message that leaves here.
   */
  expectStatusMessage(id: number, above: number): Promise<boolean>;
  /**
   * Message ids above that one which other jobs know as theirs or as what they answer, where the
   * messages of this job get their ids.
   */
  messageIdsAbove(job: JobRow, above: number): Promise<ReadonlySet<number>>;
  /** Written before a send begins: what is then found without a last byte is sent anew. */
  beginSending(claim: Claim): Promise<boolean>;
  /** False when this attempt no longer owns the job: the last byte must not leave. */
  lastByteSent(claim: Claim): Promise<boolean>;
  /** So many files of the delivery have arrived for sure: another attempt goes on behind them. */
  sent(claim: Claim, sentCount: number): Promise<void>;
  /** Telegram surely has nothing of it: the job goes on fetching. */
  notSent(claim: Claim): Promise<void>;
  /** Ends a job and counts it; false when this attempt no longer owns it. */
  end(claim: Claim, ending: Ending): Promise<boolean>;
  /** Back into the queue; `burn` false gives the attempt back. */
  requeue(
    claim: Claim,
    p: { notBefore: number; burn: boolean; error?: JobError },
  ): Promise<boolean>;
  /**
   * Cancels a job that is not claimed; a running one is cancelled where it runs. With `unsaid` the
   * person is told next, and that is owed until it got through.
   */
  cancelWaiting(id: number, now: number, how?: Pick<Ending, 'unsaid'>): Promise<boolean>;
  /**
   * A person said what became of an uncertain delivery: it is over. With `again` the same commit
   * adds that job, so that a double tap or a crash between the two cannot make two of it. Empty
   * when the question was answered before.
   */
  answered(id: number, now: number, again?: NewJob): Promise<{ was: boolean; jobs: JobRow[] }>;
  /** Its run ended without settling it (a full disk): as after a crash, but none is counted. */
  abandon(claim: Claim, now: number): Promise<Interrupted | undefined>;
  /** Ended jobs whose last words are still owed. */
  unsaid(): Promise<OwedJob[]>;
  /** They got through, under this id where they name one. */
  said(id: number, errorId?: string): Promise<void>;
  /** The wall clock jumped: what waits for a time keeps its distance to it. */
  shiftDue(byMs: number): Promise<void>;
  /** A group became a supergroup: its jobs follow. */
  moveChat(from: number, to: number): Promise<void>;
  recover(bootId: string, now: number): Promise<Recovery>;
  /** This node goes away: what waits here is for any other. */
  handOver(): Promise<void>;
  /** One ended job for each status message that was not, or may not have been, taken away. */
  leftMessages(): Promise<JobRow[]>;
  figures(): Promise<QueueFigures>;
  /** The queued jobs in the order they would start. */
  order(): Promise<QueuedJob[]>;
  ofUser(userId: number, states: readonly JobState[], limit: number): Promise<JobRow[]>;
  ofUpdate(updateId: number): Promise<JobRow[]>;
  countOfUser(userId: number): Promise<number>;
  /** What runs or is being sent, on whichever node, oldest first. */
  live(limit: number): Promise<JobRow[]>;
  /** Everything that waits, oldest first. */
  waiting(): Promise<JobRow[]>;
  nextDue(now: number): Promise<number | undefined>;
}

export const LIVE: JobState[] = ['running', 'sending'];
/** A job that was running at so many crashes may be their cause: only one such runs at a time. */
export const SUSPECT_AFTER = 2;

export function jobStore(db: Db, onEnded: (job: JobRow) => void = () => {}): Jobs {
  /** After the commit: what rolls back did not end. */
  const told = (row: JobRow | undefined): boolean => {
    if (row) onEnded(row);
    return row !== undefined;
  };
  const owned = (claim: Claim) =>
    and(eq(jobs.id, claim.id), eq(jobs.attempt, claim.attempt), inArray(jobs.state, LIVE));
  const changed = (claim: Claim, change: Partial<JobRow>) =>
    db.update(jobs).set(change).where(owned(claim)).run().changes === 1;

  return {
    async add(updateId, rows) {
      // Lost in a power cut, the update waits as it was accepted and makes the same jobs again.
      return unsynced(db, () =>
        db.transaction((tx) => addOfUpdate(tx, updateId, rows), { behavior: 'immediate' }),
      );
    },
    async claim(rules) {
      // Lost in a power cut, a claim is a job that still waits; sending waits for the disk.
      return unsynced(db, () => claimNext(db, rules));
    },
    async claimFollowers(fileKey, { bootId, now, leaseMs }) {
      const claim = db
        .update(jobs)
        .set(claimValues(bootId, now, leaseMs))
        .where(
          and(eq(jobs.fileKey, fileKey), eq(jobs.state, 'queued'), lt(jobs.crashes, SUSPECT_AFTER)),
        )
        .returning();
      return unsynced(db, () => claim.all());
    },
    async find(id) {
      return db.select().from(jobs).where(eq(jobs.id, id)).get();
    },
    async findByError(errorId) {
      return db.select().from(jobs).where(eq(jobs.errorId, errorId)).orderBy(desc(jobs.id)).get();
    },
    async stage(claim, stage, facts = {}) {
      return unsynced(db, () => changed(claim, { stage, ...facts }));
    },
    async beat(bootId, leaseUntil) {
      const mine = and(eq(jobs.bootId, bootId), inArray(jobs.state, LIVE));
      unsynced(db, () => db.update(jobs).set({ leaseUntil }).where(mine).run());
      return [];
    },
    async setStatusMessage(id, messageId) {
      const known = { statusMessageId: messageId, statusFloor: null };
      const change = db.update(jobs).set(known).where(eq(jobs.id, id));
      unsynced(db, () => change.run());
    },
    async expectStatusMessage(id, above) {
      const change = db.update(jobs).set({ statusFloor: above }).where(eq(jobs.id, id));
      unsynced(db, () => change.run());
      return true;
    },
    async messageIdsAbove(job, above) {
      return idsAbove(db.select(MESSAGE_IDS).from(jobs).where(sharingIds(jobs, job)).all(), above);
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
    async end(claim, ending) {
      const ended = db.transaction((tx) => {
        const row = tx.update(jobs).set(endValues(ending)).where(owned(claim)).returning().get();
        if (row) addTally(tx, row);
        if (row && ending.unsaid)
          markUnsaid(tx, row.id, ending.now + SAYING_MS, ending.error?.facts);
        return row;
      });
      return told(ended);
    },
    async requeue(claim, { notBefore, burn, error }) {
      return changed(claim, {
        ...RELEASED,
        state: 'queued',
        notBefore,
        attempt: burn ? claim.attempt : claim.attempt - 1,
        errorCode: error?.code ?? null,
        errorDetail: detailOf(error),
      });
    },
    async cancelWaiting(id, now, { unsaid = false } = {}) {
      const ended = db.transaction((tx) => {
        const waiting = and(eq(jobs.id, id), inArray(jobs.state, ['queued', 'asking']));
        const change = { state: 'cancelled' as const, errorCode: 'cancelled', finishedAt: now };
        const row = tx.update(jobs).set(change).where(waiting).returning().get();
        if (row) addTally(tx, row);
        if (row && unsaid) markUnsaid(tx, id, now + SAYING_MS);
        return row;
      });
      return told(ended);
    },
    async answered(id, now, again) {
      return db.transaction((tx) => answerQuestion(tx, id, now, again), { behavior: 'immediate' });
    },
    async abandon(claim, now) {
      return db.transaction((tx) => {
        const row = tx.select().from(jobs).where(owned(claim)).get();
        return row && moveInterrupted(tx, row, { now, crash: false });
      });
    },
    async unsaid() {
      return unsaidJobs(db);
    },
    async said(id, errorId) {
      // Lost in a power cut, the words are said once more: an edit that changes nothing.
      unsynced(db, () =>
        db.transaction((tx) => {
          if (errorId) tx.update(jobs).set({ errorId }).where(eq(jobs.id, id)).run();
          unmarkUnsaid(tx, id);
        }),
      );
    },
    async shiftDue(byMs) {
      db.update(jobs)
        .set({ notBefore: sql`max(0, ${jobs.notBefore} + ${Math.round(byMs)})` })
        .where(
          and(eq(jobs.state, 'queued'), gt(jobs.notBefore, 0), lt(jobs.notBefore, PAUSED_UNTIL)),
        )
        .run();
    },
    async moveChat(from, to) {
      db.update(jobs)
        .set({ chatId: to, chatType: 'supergroup' })
        .where(eq(jobs.chatId, from))
        .run();
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
    async leftMessages() {
      return leftMessages(db);
    },
    async figures() {
      const rows = db
        .select({ state: jobs.state, n: count() })
        .from(jobs)
        .where(inArray(jobs.state, ['queued', ...LIVE]))
        .groupBy(jobs.state)
        .all();
      const of = (state: JobState) => rows.find((row) => row.state === state)?.n ?? 0;
      return { queued: of('queued'), running: of('running'), sending: of('sending') };
    },
    async order() {
      return queueOrder(db);
    },
    async ofUser(userId, states, limit) {
      return db
        .select()
        .from(jobs)
        .where(and(eq(jobs.userId, userId), inArray(jobs.state, [...states])))
        .orderBy(desc(jobs.id))
        .limit(limit)
        .all();
    },
    async ofUpdate(updateId) {
      return db.select().from(jobs).where(eq(jobs.updateId, updateId)).orderBy(asc(jobs.id)).all();
    },
    async countOfUser(userId) {
      const waiting = and(eq(jobs.userId, userId), inArray(jobs.state, ['queued', ...LIVE]));
      return db.select({ n: count() }).from(jobs).where(waiting).get()?.n ?? 0;
    },
    async live(limit) {
      const runs = inArray(jobs.state, LIVE);
      return db.select().from(jobs).where(runs).orderBy(asc(jobs.startedAt)).limit(limit).all();
    },
    async waiting() {
      return db.select().from(jobs).where(eq(jobs.state, 'queued')).orderBy(asc(jobs.id)).all();
    },
    async nextDue(now) {
      const later = and(eq(jobs.state, 'queued'), gt(jobs.notBefore, now));
      return (
        db
          .select({ at: sql<number | null>`min(${jobs.notBefore})` })
          .from(jobs)
          .where(later)
          .get()?.at ?? undefined
      );
    },
  };
}

function addOfUpdate(tx: Tx, updateId: number, rows: NewJob[]): JobRow[] {
  if (rows.length > 0) tx.insert(jobs).values(rows).onConflictDoNothing().run();
  tx.update(updates)
    .set({ state: 'done', request: null })
    .where(eq(updates.updateId, updateId))
    .run();
  return tx.select().from(jobs).where(eq(jobs.updateId, updateId)).orderBy(jobs.item).all();
}

const claimValues = (bootId: string, now: number, leaseMs: number) => ({
  state: 'running' as const,
  stage: 'extracting' as const,
  bootId,
  leaseUntil: now + leaseMs,
  attempt: sql`${jobs.attempt} + 1`,
  startedAt: sql`coalesce(${jobs.startedAt}, ${now})`,
});

/**
 * The fair choice: whoever has the fewest jobs running goes first, then the oldest job. A job
 * whose file is being fetched already stays queued, and is served when that one is done.
 */
function claimNext(db: Db, rules: ClaimRules): JobRow | undefined {
  const sites = rules.skipSites.length > 0 ? sql`AND j.site NOT IN ${[...rules.skipSites]}` : sql``;
  const next = sql`(
    SELECT j.id FROM jobs j
    LEFT JOIN (SELECT user_id, count(*) AS n FROM jobs
               WHERE state IN ('running', 'sending') GROUP BY user_id) r ON r.user_id = j.user_id
    WHERE j.state = 'queued' AND j.not_before <= ${rules.now}
      AND coalesce(r.n, 0) < ${rules.perUser} ${sites}
      AND NOT EXISTS (SELECT 1 FROM jobs o
                      WHERE o.file_key = j.file_key AND o.state IN ('running', 'sending'))
      AND (j.crashes < ${SUSPECT_AFTER} OR NOT EXISTS (
        SELECT 1 FROM jobs s
        WHERE s.crashes >= ${SUSPECT_AFTER} AND s.state IN ('running', 'sending')))
    ORDER BY coalesce(r.n, 0), j.id LIMIT 1)`;
  return db
    .update(jobs)
    .set(claimValues(rules.bootId, rules.now, rules.leaseMs))
    .where(sql`${jobs.id} = ${next}`)
    .returning()
    .get();
}

const MESSAGE_IDS = {
  replyTo: jobs.replyTo,
  status: jobs.statusMessageId,
  sent: jobs.sentMessageId,
} as const;

function queueOrder(db: Db): QueuedJob[] {
  return db.all<QueuedJob>(sql`
    SELECT q.id, q.update_id AS "updateId", q.user_id AS "userId", q.site,
           q.not_before AS "notBefore"
    FROM (SELECT id, update_id, user_id, site, not_before,
                 row_number() OVER (PARTITION BY user_id ORDER BY id) AS k
          FROM jobs WHERE state = 'queued') q
    LEFT JOIN (SELECT user_id, count(*) AS n FROM jobs
               WHERE state IN ('running', 'sending') GROUP BY user_id) r ON r.user_id = q.user_id
    ORDER BY q.k + coalesce(r.n, 0), q.id`);
}

function answerQuestion(tx: Tx, id: number, now: number, again: NewJob | undefined) {
  const { changes } = tx
    .update(jobs)
    .set({ state: 'done', finishedAt: now })
    .where(and(eq(jobs.id, id), eq(jobs.state, 'uncertain')))
    .run();
  unmarkUnsaid(tx, id);
  const was = changes === 1;
  if (!again) return { was, jobs: [] };
  if (was) tx.insert(jobs).values(again).onConflictDoNothing().run();
  // Told again after a crash, the same update finds the job it made.
  const made = tx.select().from(jobs).where(eq(jobs.updateId, again.updateId)).all();
  return { was, jobs: made };
}

/** A message stays while a job of its update is alive, and where a job's last words stand in it. */
function leftMessages(db: Db): JobRow[] {
  return db
    .select()
    .from(jobs)
    .where(
      sql`(${jobs.state} = 'done' AND ${jobs.statusMessageId} IS NOT NULL
        OR ${jobs.state} IN ('done', 'failed', 'cancelled', 'uncertain')
          AND ${jobs.statusMessageId} IS NULL AND ${jobs.statusFloor} IS NOT NULL)
        AND NOT EXISTS (
        SELECT 1 FROM jobs o WHERE o.update_id = ${jobs.updateId}
        AND o.state IN ('queued', 'asking', 'running', 'sending'))`,
    )
    .groupBy(jobs.updateId)
    .all();
}
