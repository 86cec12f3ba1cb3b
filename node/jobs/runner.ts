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
import { createClaiming } from './claiming.ts';
import { createFence, LEASE_MS, NO_FENCE } from './fence.ts';
import { createFlights, type FlightsParts } from './flights.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { StopReason } from './stopped.ts';
import { createUnsettled } from './unsettled.ts';

export interface RunnerParts extends Pick<FlightsParts, 'fly' | 'jobTimeoutMs'> {
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

export function createRunner(parts: RunnerParts): Runner {
  const { jobs, bootId, fly, jobTimeoutMs, log, now = Date.now, steady = steadyNow } = parts;
  const { clockJump = clockJumps(now) } = parts;
  const kick = () => claiming.kick();
  const unsettled = createUnsettled({ jobs, log, now });
  const onUnsettled = unsettled.add;
  const flights = createFlights({ fly, jobTimeoutMs, log, onRoom: kick, onUnsettled });
  const { running } = flights;
  const abort = () => flights.stopAll('shutdown');
  const fence = parts.shared ? createFence(steady, loseAll) : NO_FENCE;
  const rules = (): ClaimRules => ({
    ...{ bootId, now: now(), leaseMs: LEASE_MS },
    perUser: Math.max(2, Math.floor((parts.places() * (parts.nodes?.() ?? 1)) / 2)),
    skipSites: parts.pausedSites(),
  });
  const claiming = createClaiming({ jobs, flights, rules, hasRoom, log, now });
  const heartbeat = startHeartbeat({
    ...{ jobs, bootId, flights, unsettled, fence, kick, clockJump, log, now, steady },
  });

  function loseAll(): void {
    if (running.size > 0)
      log.error({ jobs: running.size }, 'leases could not be renewed: all stop');
    flights.stopAll('lost');
  }

  /** Finished files wait for their upload on the disk: three times the places is enough. */
  function hasRoom(): boolean {
    if (fence.lost() || parts.held()) return false;
    const places = parts.places();
    return flights.placesTaken < places && running.size < Math.max(24, places * 3);
  }

  async function drain(graceMs: number): Promise<void> {
    await claiming.close();
    await jobs.handOver().catch((error) => {
      // They learn it when this node is no longer heard of.
      log.warn({ error }, 'the other nodes could not be given what waits here');
    });
    const deadline = setTimeout(abort, graceMs);
    await flights.allEnded();
    clearTimeout(deadline);
    heartbeat.stop();
    fence.close();
    await unsettled.settle().catch((error) => {
      // The next start finds them by their boot id.
      log.error({ error }, 'some jobs could not be settled');
    });
  }

  return {
    begin: claiming.begin,
    kick,
    stop: flights.stop,
    adopt(claimed) {
      for (const job of claimed) flights.launch(job, false);
    },
    drain,
    abort,
    rules,
    running,
  };
}
