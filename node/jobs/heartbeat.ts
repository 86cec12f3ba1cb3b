/**
 * Every few seconds: a jump of the wall clock is noticed, the leases of what runs here are
 * renewed, and what could not be written down is written now.
 */
import type { Log } from '../log.ts';
import type { Jobs } from '../store/jobs.ts';
import { type Fence, LEASE_MS } from './fence.ts';
import type { Flights } from './flights.ts';
import type { Unsettled } from './unsettled.ts';

const BEAT_MS = 10_000;

export interface HeartbeatParts {
  jobs: Pick<Jobs, 'beat' | 'shiftDue'>;
  bootId: string;
  flights: Pick<Flights, 'running' | 'stop'>;
  unsettled: Unsettled;
  fence: Fence;
  /** By how many ms the wall clock jumped since it was asked last. */
  clockJump(): number;
  /** After each beat: jobs may be due that were not. */
  kick(): void;
  log: Log;
  now(): number;
  /** Time that only moves forward, ms. */
  steady(): number;
}

export function startHeartbeat(parts: HeartbeatParts): { stop(): void } {
  const beat = setInterval(() => {
    onBeat(parts).catch((error) => parts.log.error({ error }, 'heartbeat failed'));
  }, BEAT_MS).unref();
  return { stop: () => clearInterval(beat) };
}

async function onBeat(parts: HeartbeatParts): Promise<void> {
  const jump = parts.clockJump();
  if (jump !== 0) {
    const jumpMs = Math.round(jump);
    parts.log.warn({ jumpMs }, 'the clock jumped: what waits for a time moves along');
    // What was written since a jump forward waits by the new clock already: moved along, a pause of
    // seconds would last as long as the jump. A pause longer than the jump ends early by as much.
    await parts.jobs.shiftDue(jump, jump > 0 ? parts.now() - BEAT_MS : undefined);
  }
  await renewLeases(parts);
  await parts.unsettled.settle();
  parts.kick();
}

async function renewLeases(parts: HeartbeatParts): Promise<void> {
  const { jobs, bootId, flights, unsettled, fence, log, now, steady } = parts;
  const asked = steady();
  const here = [...flights.running.keys(), ...unsettled.ids()];
  const taken = await jobs.beat(bootId, now() + LEASE_MS, here);
  fence.heldFrom(asked);
  for (const id of taken) {
    log.warn({ job: id }, 'another node has taken a job that runs here');
    flights.stop(id, 'lost');
  }
}
