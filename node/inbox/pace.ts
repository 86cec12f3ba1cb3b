/**
 * The door comes first: Telegram waits there for an answer, on few connections, and what is stored
 * can wait. While a crowd comes in and the process finds no rest, fewer of the stored requests are
 * handled at once, down to none for a moment; with rest again, one more every tenth of a second.
 * A crowd that comes faster than anything could be looked at closes the rest of its tenth at once.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** What handles the stored requests; p-queue's own names. */
export interface Handling {
  concurrency: number;
  /** Waiting, and begun. */
  readonly size: number;
  readonly pending: number;
  pause(): void;
  start(): unknown;
}

export interface PaceParts {
  /** Its size at the beginning is the most it ever gets. */
  light: Handling;
  /** The share of the time since it was asked last in which the process had something to do, 0–1. */
  busy?: () => number;
  sleep?: (ms: number) => Promise<unknown>;
}

const LOOK_EVERY_MS = 100;
/** Handled at once before it has shown that the process has time for more. */
const AT_FIRST = 4;
/**
 * From this share on a crowd goes before what is stored: what else shares the processor (the
 * database, the edge, other nodes) has to have time for it too.
 */
const BUSY = 0.5;
/** Above this nothing is left for whoever comes next, be it one. */
const NO_REST = 0.85;
/** At the door between two looks. With fewer something is always handled, however busy it is. */
const CROWD = 3;
/** So many between two looks are let in before anything else is begun. */
const BURST = 6;
/** Looks of one crowd with nothing handled; then one: who waits must see that it goes on. */
const LONGEST_PAUSE = 20;

/** Answers what is to be called for each request that comes to the door. */
export function paceByDoor({ light, busy = busyLoop(), sleep = unheld }: PaceParts): () => void {
  const most = light.concurrency;
  let places = most;
  let paused = 0;
  let came = 0;
  let looking = false;

  const mayPause = () => paused < LONGEST_PAUSE;

  function placesNow(share: number): number {
    const isCrowd = came >= CROWD && share >= BUSY;
    if (!isCrowd) paused = 0;
    if (came === 0 || share < BUSY) return places + 1;
    if (!isCrowd && share < NO_REST) return Math.max(1, places);
    return Math.max(isCrowd && mayPause() ? 0 : 1, Math.floor(places / 4));
  }

  function open(wanted: number): void {
    places = Math.min(most, wanted);
    if (places === 0) paused += 1;
    light.concurrency = Math.max(1, places);
    if (places === 0) light.pause();
    else light.start();
  }

  async function look(): Promise<void> {
    looking = true;
    busy();
    open(Math.max(AT_FIRST, light.pending));
    do {
      came = 0;
      await sleep(LOOK_EVERY_MS);
      open(placesNow(busy()));
    } while (came > 0 || light.size > 0);
    open(most);
    looking = false;
  }

  return () => {
    if (!looking) void look();
    came += 1;
    if (came >= BURST && mayPause()) light.pause();
  };
}

/** Time the kernel gave to others counts as busy: the process wanted it. */
function busyLoop(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}

/** Keeps no process alive. */
const unheld = (ms: number) => delay(ms, undefined, { ref: false });
