/**
 * The jobs that run here, each from its launch until it is settled.
 *
 *   launched ──landed──▶ its place is free ──settled──▶ gone
 *       └──────────── stopped: the first reason wins ──────┘
 */
import type { Log } from '../log.ts';
import type { JobRow } from '../store/schema.ts';
import { Stopped, type StopReason } from './stopped.ts';
import { wallClock } from './wall-clock.ts';

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

export interface FlightsParts {
  /** Runs one job until it is settled in the store. */
  fly(job: JobRow, flight: Flight): Promise<void>;
  jobTimeoutMs: number;
  log: Log;
  /** A place is free again, or a job is gone. */
  onRoom(): void;
  /** Its run ended, and that could not be written down. */
  onUnsettled(job: JobRow): void;
}

export interface Flights {
  readonly running: ReadonlyMap<number, JobRow>;
  /** How many hold a place. */
  readonly placesTaken: number;
  /** With `mayFetch` it takes a place. */
  launch(job: JobRow, mayFetch: boolean): void;
  /** False when it does not run here. */
  stop(jobId: number, reason: StopReason): boolean;
  stopAll(reason: StopReason): void;
  allEnded(): Promise<void>;
}

export function createFlights(parts: FlightsParts): Flights {
  const { fly, log, onRoom } = parts;
  const running = new Map<number, JobRow>();
  const controllers = new Map<number, AbortController>();
  const places = new Set<number>();
  const idle: (() => void)[] = [];

  function launch(job: JobRow, mayFetch: boolean): void {
    const controller = new AbortController();
    const wall = wallClock(parts.jobTimeoutMs, () => controller.abort(new Stopped('timed_out')));
    running.set(job.id, job);
    controllers.set(job.id, controller);
    if (mayFetch) places.add(job.id);
    const landed = () => {
      if (places.delete(job.id)) onRoom();
    };
    fly(job, { signal: controller.signal, landed, mayFetch, pause: wall.pause })
      .catch((error) => {
        log.error({ job: job.id, error }, 'a job ended without being settled');
        parts.onUnsettled(job);
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
    onRoom();
  }

  function stop(jobId: number, reason: StopReason): boolean {
    const controller = controllers.get(jobId);
    controller?.abort(new Stopped(reason));
    return controller !== undefined;
  }

  return {
    running,
    get placesTaken() {
      return places.size;
    },
    launch,
    stop,
    stopAll(reason) {
      for (const id of controllers.keys()) stop(id, reason);
    },
    allEnded: () =>
      new Promise<void>((resolve) => {
        if (running.size === 0) resolve();
        else idle.push(resolve);
      }),
  };
}
