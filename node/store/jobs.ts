/**
 * The port of the jobs, from acceptance to their end. Every write of a running job names its
 * attempt (the fence): an attempt that lost its lease and still runs somewhere can change nothing.
 */
import type { JobError } from '../../shared/errors.ts';
import type { Interrupted, Recovery } from './interrupted.ts';
import type { NearMessages } from './message-ids.ts';
import type { JobRow, JobState, NewJob, Stage } from './schema.ts';
import type { OwedJob } from './unsaid.ts';

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

export interface Requeue {
  notBefore: number;
  /** False gives the attempt back. */
  burn: boolean;
  error?: JobError | undefined;
}

/** What the waiting line needs of a job: the line may be thousands long. */
export type QueuedJob = Pick<JobRow, 'id' | 'updateId' | 'userId' | 'site' | 'notBefore'>;

export interface QueueFigures {
  queued: number;
  running: number;
  sending: number;
}

/** What waits, and who may take it. */
export interface JobQueue {
  /** Adds the jobs of one update and settles it, in one commit; known ones are left alone. */
  add(updateId: number, rows: NewJob[]): Promise<JobRow[]>;
  claim(rules: ClaimRules): Promise<JobRow | undefined>;
  /** Takes every queued job that asks for the same file. */
  claimFollowers(fileKey: string, rules: ClaimRules): Promise<JobRow[]>;
  /** The queued jobs in the order they would start. */
  order(): Promise<QueuedJob[]>;
  nextDue(now: number): Promise<number | undefined>;
  /**
   * The wall clock jumped: what waits for a time keeps its distance to it, where that time is
   * before `before`.
   */
  shiftDue(byMs: number, before?: number): Promise<void>;
}

/** Whether what was claimed still runs, and what becomes of it when it does not. */
export interface JobLeases {
  /**
   * Renews the leases of the jobs that run here.
   * @returns those among them that another node has taken meanwhile
   */
  beat(bootId: string, leaseUntil: number, running: readonly number[]): Promise<readonly number[]>;
  /** Its run ended without settling it (a full disk): as after a crash, but none is counted. */
  abandon(claim: Claim, now: number): Promise<Interrupted | undefined>;
  recover(bootId: string, now: number): Promise<Recovery>;
  /** This node goes away: what waits here is for any other. */
  handOver(): Promise<void>;
}

/** What a run writes of itself on its way, each with its attempt. */
export interface JobSteps {
  stage(
    claim: Claim,
    stage: Stage,
    facts?: Partial<Pick<JobRow, 'title' | 'bytes'>>,
  ): Promise<boolean>;
  /** Written before a send begins: what is then found without a last byte is sent anew. */
  beginSending(claim: Claim): Promise<boolean>;
  /** False when this attempt no longer owns the job: the last byte must not leave. */
  lastByteSent(claim: Claim): Promise<boolean>;
  /** So many files of the delivery have arrived for sure: another attempt goes on behind them. */
  sent(claim: Claim, sentCount: number): Promise<void>;
  /** Telegram surely has nothing of it: the job goes on fetching. */
  notSent(claim: Claim): Promise<void>;
}

/** How a run is over: at its end, back in the queue, or with words that are still owed. */
export interface JobEnds {
  /** Ends a job and counts it; false when this attempt no longer owns it. */
  end(claim: Claim, ending: Ending): Promise<boolean>;
  /** Back into the queue. */
  requeue(claim: Claim, how: Requeue): Promise<boolean>;
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
  /** Ended jobs whose last words are still owed. */
  unsaid(): Promise<OwedJob[]>;
  /** Who ended it could not say them: whoever has the turn may at once. */
  unspoken(id: number): Promise<void>;
  /** They got through, under this id where they name one. */
  said(id: number, errorId?: string): Promise<void>;
}

/** Where a job stands in its chat. */
export interface JobMessages {
  setStatusMessage(id: number, messageId: number | null): Promise<void>;
  /**
   * Its first status message is about to leave: it will have an id above this one. False when
   * another node shows the job by now: that one knows nothing of a message that leaves here.
   */
  expectStatusMessage(id: number, above: number): Promise<boolean>;
  /**
   * A status message of a job that another node shows by now was heard of at last: that node finds
   * its id in the row. False when no open job has a use for it: then it is nobody's.
   */
  strayMessage(ids: readonly number[], messageId: number): Promise<boolean>;
  /**
   * What jobs know of the message ids above that one, where the messages of this job get their
   * ids: which are theirs or what they answer, and who else waits to hear one.
   */
  messagesAbove(job: JobRow, above: number): Promise<NearMessages>;
  /** One ended job for each status message that was not, or may not have been, taken away. */
  leftMessages(): Promise<JobRow[]>;
  /** A group became a supergroup: its jobs follow. */
  moveChat(from: number, to: number): Promise<void>;
}

/** What screens and figures read. */
export interface JobReads {
  find(id: number): Promise<JobRow | undefined>;
  findByError(errorId: string): Promise<JobRow | undefined>;
  ofUser(userId: number, states: readonly JobState[], limit: number): Promise<JobRow[]>;
  ofUpdate(updateId: number): Promise<JobRow[]>;
  countOfUser(userId: number): Promise<number>;
  /** What runs or is being sent, on whichever node, oldest first. */
  live(limit: number): Promise<JobRow[]>;
  /** Everything that waits, oldest first. */
  waiting(): Promise<JobRow[]>;
  figures(): Promise<QueueFigures>;
}

export interface Jobs extends JobQueue, JobLeases, JobSteps, JobEnds, JobMessages, JobReads {}

/** From how many jobs there are in each state. */
export const figuresOf = (rows: readonly { state: JobState; n: number }[]): QueueFigures => {
  const of = (state: JobState) => rows.find((row) => row.state === state)?.n ?? 0;
  return { queued: of('queued'), running: of('running'), sending: of('sending') };
};

export const LIVE: JobState[] = ['running', 'sending'];
/** A job that was running at so many crashes may be their cause: only one such runs at a time. */
export const SUSPECT_AFTER = 2;
