/**
 * Takes jobs from the store while there is room and runs each to its end.
 *
 * A job holds a *place* from its claim until its file is on the disk, and is *in flight* until
 * it is settled: a slow upload therefore never keeps the next download waiting, and the bound
 * on flights keeps finished files from piling up in front of Telegram.
 */
import { clockJumps, steadyNow } from '../clock.ts';
import type { Log } from '../log.ts';
import type { ClaimRules, Jobs } from '../store/jobs.ts';
import type { JobRow } from '../store/schema.ts';

/**
 * Why a running job is stopped; the first reason wins. `lost`: this node could not renew its
 * lease, or another has the job already; nothing of it is sent or said any more.
 */
export type StopReason = 'cancelled' | 'timed_out' | 'shutdown' | 'lost';

export class Stopped extends Error {
  override readonly name = 'Stopped';
  constructor(readonly reason: StopReason) {
    super(reason);
  }
}

/** What a running job gets from the runner. */
export interface Flight {
  signal: AbortSignal;
  /** The file is on the disk: the next job may take this place. */
  landed(): void;
  /** False for a job that holds no place: it may send what Telegram has, not download. */
  mayFetch: boolean;
  /** Its wall time stands still for so long: Telegram told it to wait. */
  pause(ms: number): void;
}

export interface RunnerParts {
  jobs: Jobs;
  bootId: string;
  /** Other nodes take the jobs of one whose leases run out. */
  shared?: boolean;
  /** How many nodes share the work, this one included. */
  nodes?: () => number;
  /** Places: how many yt-dlp tasks may run at once, asked anew at every claim. */
  places(): number;
  /** Sites that are paused just now. */
  pausedSites(): readonly string[];
  /** True while no job may start, e.g. in maintenance or with a full disk. */
  held(): boolean;
  /** Runs one job until it is settled in the store. */
  fly(job: JobRow, flight: Flight): Promise<void>;
  jobTimeoutMs: number;
  log: Log;
  now?: () => number;
  /** Time that only moves forward, ms. */
  steady?: () => number;
  /** By how many ms the wall clock jumped since it was asked last. */
  clockJump?: () => number;
}

export interface Runner {
  /** From now on jobs are claimed: the start has read what an earlier process left. */
  begin(): void;
  /** Something may have become claimable. */
  kick(): void;
  /** Stops a running job; false when it does not run here. */
  stop(jobId: number, reason: StopReason): boolean;
  /** Flies jobs claimed elsewhere, e.g. those that waited for the same file. */
  adopt(jobs: readonly JobRow[]): void;
  /** No new jobs; resolves when the last one has ended or after `graceMs`, then stops the rest. */
  drain(graceMs: number): Promise<void>;
  /** Stops everything now; the jobs go back into the queue. */
  abort(): void;
  rules(): ClaimRules;
  readonly running: ReadonlyMap<number, JobRow>;
}

const LEASE_MS = 30_000;
const BEAT_MS = 10_000;
/** So long before its leases run out a node that cannot renew them has stopped everything. */
const MARGIN_MS = 8_000;
const LEAVE_MS = 2_000;
/** Claims that find nothing are cheap; waiting jobs become due at most this late. */
const LONGEST_WAIT_MS = 60_000;

export function createRunner(parts: RunnerParts): Runner {
  const { jobs, bootId, log, now = Date.now, steady = steadyNow } = parts;
  const { clockJump = clockJumps(now) } = parts;
  const running = new Map<number, JobRow>();
  const controllers = new Map<number, AbortController>();
  const places = new Set<number>();
  /** Their runs ended and that could not be written down. */
  const unsettled = new Map<number, JobRow>();
  /**
   * A breaker, a setting or the heartbeat may kick while the start still reads what an earlier
   * process left: a job claimed then would lose its folder and its status message.
   */
  let begun = false;
  let closing = false;
  let claiming: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  const idle: (() => void)[] = [];

  async function onBeat(): Promise<void> {
    const jump = clockJump();
    if (jump !== 0) {
      log.warn({ jumpMs: Math.round(jump) }, 'the clock jumped: what waits for a time moves along');
      await jobs.shiftDue(jump);
    }
    await renewLeases();
    await settleLeftovers();
    kick();
  }

  async function renewLeases(): Promise<void> {
    const asked = steady();
    const here = [...running.keys(), ...unsettled.keys()];
    const taken = await jobs.beat(bootId, now() + LEASE_MS, here);
    fence.heldFrom(asked);
    for (const id of taken) {
      log.warn({ job: id }, 'another node has taken a job that runs here');
      stop(id, 'lost');
    }
  }

  const fence = parts.shared ? createFence(steady, loseAll) : NO_FENCE;

  function loseAll(): void {
    if (running.size > 0)
      log.error({ jobs: running.size }, 'leases could not be renewed: all stop');
    for (const id of controllers.keys()) stop(id, 'lost');
  }

  /** The database refused the job's last write; it may take it now. */
  async function settleLeftovers(): Promise<void> {
    for (const job of unsettled.values()) {
      const moved = await jobs.abandon(job, now());
      unsettled.delete(job.id);
      log.warn({ job: job.id, became: moved?.kind }, 'a job that could not be settled is now');
    }
  }

  const beat = setInterval(() => {
    onBeat().catch((error) => log.error({ error }, 'heartbeat failed'));
  }, BEAT_MS).unref();

  const rules = (): ClaimRules => ({
    bootId,
    now: now(),
    leaseMs: LEASE_MS,
    perUser: Math.max(2, Math.floor((parts.places() * (parts.nodes?.() ?? 1)) / 2)),
    skipSites: parts.pausedSites(),
  });

  /** Finished files wait for their upload on the disk: three times the places is enough. */
  const hasRoom = () =>
    !closing &&
    !fence.lost() &&
    !parts.held() &&
    places.size < parts.places() &&
    running.size < Math.max(24, parts.places() * 3);

  async function claimAll(): Promise<void> {
    do {
      again = false;
      while (hasRoom()) {
        const job = await jobs.claim(rules());
        if (!job) break;
        if (running.get(job.id)?.attempt === job.attempt) {
          await afterLostClaim(job);
          continue;
        }
        places.add(job.id);
        launch(job, true);
      }
    } while (again);
    await waitForNextDue();
  }

  /**
   * The database crashed and took back the claim of a run that goes on here: that run must have
   * left its folder before the next one starts.
   */
  async function afterLostClaim(job: JobRow): Promise<void> {
    stop(job.id, 'lost');
    await jobs.requeue(job, { notBefore: now() + LEAVE_MS, burn: false });
  }

  /** Jobs that wait for a time (a retry, a paused site) are claimed when it comes. */
  async function waitForNextDue(): Promise<void> {
    clearTimeout(timer);
    // Without room nothing is claimed when its time comes; what makes room kicks, or the next beat.
    if (closing || !hasRoom()) return;
    const due = await jobs.nextDue(now());
    const wait = due === undefined ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, due - now());
    timer = setTimeout(kick, Math.max(10, wait)).unref();
  }

  function kick(): void {
    if (!begun || closing) return;
    if (claiming) {
      again = true;
      return;
    }
    claiming = claimAll()
      .catch((error) => log.error({ error }, 'claiming failed'))
      .finally(() => {
        claiming = undefined;
        if (again) kick();
      });
  }

  function launch(job: JobRow, mayFetch: boolean): void {
    const controller = new AbortController();
    const wall = wallClock(parts.jobTimeoutMs, () => controller.abort(new Stopped('timed_out')));
    running.set(job.id, job);
    controllers.set(job.id, controller);
    const landed = () => {
      if (places.delete(job.id)) kick();
    };
    parts
      .fly(job, { signal: controller.signal, landed, mayFetch, pause: wall.pause })
      .catch((error) => {
        log.error({ job: job.id, error }, 'a job ended without being settled');
        unsettled.set(job.id, job);
      })
      .finally(() => {
        wall.stop();
        release(job.id, controller);
      });
  }

  /** A job picked from its menu may fly again before the flight that opened it has landed. */
  function release(id: number, controller: AbortController): void {
    if (controllers.get(id) === controller) {
      places.delete(id);
      running.delete(id);
      controllers.delete(id);
    }
    if (running.size === 0) for (const wake of idle.splice(0)) wake();
    kick();
  }

  const abort = () => {
    for (const id of controllers.keys()) stop(id, 'shutdown');
  };

  function stop(jobId: number, reason: StopReason): boolean {
    const controller = controllers.get(jobId);
    controller?.abort(new Stopped(reason));
    return controller !== undefined;
  }

  const allEnded = () =>
    new Promise<void>((resolve) => {
      if (running.size === 0) resolve();
      else idle.push(resolve);
    });

  return {
    begin() {
      begun = true;
      kick();
    },
    kick,
    rules,
    running,
    abort,
    adopt(claimed) {
      for (const job of claimed) launch(job, false);
    },
    stop,
    async drain(graceMs) {
      closing = true;
      clearTimeout(timer);
      await claiming;
      await jobs.handOver().catch((error) => {
        // They learn it when this node is no longer heard of.
        log.warn({ error }, 'the other nodes could not be given what waits here');
      });
      const deadline = setTimeout(abort, graceMs);
      await allEnded();
      clearTimeout(deadline);
      clearInterval(beat);
      fence.close();
      await settleLeftovers().catch((error) => {
        // The next start finds them by their boot id.
        log.error({ error }, 'some jobs could not be settled');
      });
    },
  };
}

interface Fence {
  /** The leases were renewed by a request made then. */
  heldFrom(steadyMs: number): void;
  /** They may have run out. */
  lost(): boolean;
  close(): void;
}

const NO_FENCE: Fence = { heldFrom: () => {}, lost: () => false, close: () => {} };

/** Stops everything while the leases still hold, when they could not be renewed for too long. */
function createFence(steady: () => number, onLost: () => void): Fence {
  let until = 0;
  let timer: NodeJS.Timeout | undefined;
  const lost = () => steady() >= until;
  function heldFrom(steadyMs: number): void {
    clearTimeout(timer);
    until = Math.max(until, steadyMs + LEASE_MS - MARGIN_MS);
    timer = setTimeout(onLost, until - steady()).unref();
  }
  heldFrom(steady());
  return { heldFrom, lost, close: () => clearTimeout(timer) };
}

/** A deadline that can be put off. */
function wallClock(ms: number, onEnd: () => void) {
  let end = steadyNow() + ms;
  let timer = setTimeout(onEnd, ms);
  return {
    pause(by: number) {
      clearTimeout(timer);
      end += by;
      timer = setTimeout(onEnd, Math.max(0, end - steadyNow()));
    },
    stop: () => clearTimeout(timer),
  };
}
