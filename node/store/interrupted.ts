/** What becomes of jobs whose run ended without a word: by a crash, or because nothing could be written. */
import { and, eq, gt, inArray, ne } from 'drizzle-orm';
import type { Tx } from './open.ts';
import { PAUSED_UNTIL } from './playlists.ts';
import { type JobRow, jobs } from './schema.ts';
import { addTally } from './tallies.ts';
import { markUnsaid } from './unsaid.ts';

/** What a job holds only while it is claimed. */
export const RELEASED = { bootId: null, leaseUntil: null, stage: null, lastByteSent: 0 } as const;

/** Crashes after which a job is given up: it may be what kills the node. */
export const MAX_CRASHES = 3;
/**
 * Longest wait for a retry that outlives a start, ms. The clock may have jumped while no process
 * looked, and then a pause of seconds would last as long as the jump: a request was once lost to
 * that. What waits for a paused site is held back by its breaker, not by this time.
 */
export const LONGEST_DELAY_MS = 30_000;

/** What a start found of an earlier process: ran again, given up, or to be asked about. */
export interface Recovery {
  requeued: JobRow[];
  dead: JobRow[];
  uncertain: JobRow[];
}

export const emptyRecovery = (): Recovery => ({ requeued: [], dead: [], uncertain: [] });

export type Interrupted = { kind: keyof Recovery; job: JobRow };

/** What is written about an interrupted job, in whichever database. */
export interface Interruption {
  kind: keyof Recovery;
  change: Partial<JobRow>;
}

/**
 * What had not begun to leave is simply run again; what had left completely may stand in the
 * chat already, and only the person can tell.
 */
export function afterInterruption(
  row: JobRow,
  { now, crash }: { now: number; crash: boolean },
): Interruption {
  const crashes = row.crashes + (crash ? 1 : 0);
  const ended = { ...RELEASED, crashes, finishedAt: now };
  if (row.state === 'sending' && row.lastByteSent) {
    return { kind: 'uncertain', change: { ...ended, state: 'uncertain', errorCode: 'uncertain' } };
  }
  if (crashes >= MAX_CRASHES) {
    return { kind: 'dead', change: { ...ended, state: 'failed', errorCode: 'crashed' } };
  }
  const attempt = crash ? row.attempt : Math.max(0, row.attempt - 1);
  const again = { ...RELEASED, crashes, state: 'queued' as const, notBefore: 0, attempt };
  return { kind: 'requeued', change: again };
}

export function moveInterrupted(
  tx: Tx,
  row: JobRow,
  how: { now: number; crash: boolean },
): Interrupted {
  const { kind, change } = afterInterruption(row, how);
  const job = tx.update(jobs).set(change).where(eq(jobs.id, row.id)).returning().get();
  if (kind !== 'requeued') {
    addTally(tx, job);
    // Owed from this commit on: a crash before the words left must not silence them.
    markUnsaid(tx, job.id, how.now);
  }
  return { kind, job };
}

/** After a crash nothing of an earlier boot runs any more. */
export function recoverJobs(tx: Tx, bootId: string, now: number): Recovery {
  const left = and(inArray(jobs.state, ['running', 'sending']), ne(jobs.bootId, bootId));
  const recovery = emptyRecovery();
  for (const row of tx.select().from(jobs).where(left).all()) {
    const { kind, job } = moveInterrupted(tx, row, { now, crash: true });
    recovery[kind].push(job);
  }
  const latest = now + LONGEST_DELAY_MS;
  // A paused batch waits for its owner, not for a time.
  const timed = ne(jobs.notBefore, PAUSED_UNTIL);
  const late = and(eq(jobs.state, 'queued'), gt(jobs.notBefore, latest), timed);
  tx.update(jobs).set({ notBefore: latest }).where(late).run();
  return recovery;
}
