/**
 * How many downloads may run at once, between 8 and 32, followed from what the machine really
 * has free. Memory decides what fits, the processor whether more would help, and only people who
 * wait make it worth raising. Rising needs several good readings in a row and goes by steps;
 * missing memory is answered at once, because the kernel's own answer is to kill something.
 */
import type { Log } from '../log.ts';

const FEWEST = 8;
export const MOST = 32;
const STEP = 4;
/** Readings in a row before a change that can wait. */
const PATIENCE = 3;
const BUSY = { raiseBelow: 75, lowerAbove: 95 };

export interface AdmissionReading {
  /** Bytes. */
  total: number;
  available: number;
  /** Bytes one running download takes by itself: proportional set size, with its ffmpeg. */
  perDownload: number;
  /** Downloads that run now; their memory is no longer part of `available`. */
  active: number;
  /** 0–100. */
  cpu: number;
  /** Jobs that could start if there were room. */
  waiting: number;
}

export interface Admission {
  readonly places: number;
  /** Takes a reading into account; answers the places that hold from now on. */
  consider(reading: AdmissionReading): number;
}

export interface AdmissionParts {
  /** What the machine's size suggests, to begin with. */
  start: number;
  apply(places: number): void;
  log: Log;
}

const MB = 1024 ** 2;
/** For the node itself, the page cache it lives on and everything else on the machine. */
const reserve = (total: number) => Math.max(128 * MB, total * 0.1);
/** No measurement may make a download look free. */
const LEAST_PER_DOWNLOAD = 16 * MB;

const clampPlaces = (places: number): number =>
  Math.min(MOST, Math.max(FEWEST, Math.floor(places)));

/** How many downloads fit, those that run included. */
export function fitting({ total, available, perDownload, active }: AdmissionReading): number {
  const spare = available - reserve(total);
  return clampPlaces(active + spare / Math.max(LEAST_PER_DOWNLOAD, perDownload));
}

export function createAdmission({ start, apply, log }: AdmissionParts): Admission {
  let places = clampPlaces(start);
  let good = 0;
  let busy = 0;

  function change(to: number, why: string, reading: AdmissionReading): void {
    good = 0;
    busy = 0;
    if (to === places) return;
    const { available, perDownload, cpu, waiting } = reading;
    const figures = {
      availableMb: Math.round(available / MB),
      perDownloadMb: Math.round(perDownload / MB),
    };
    log.info(
      { from: places, to, why, ...figures, cpu: Math.round(cpu), waiting },
      'downloads at once changed',
    );
    places = to;
    apply(places);
  }

  return {
    get places() {
      return places;
    },
    consider(reading) {
      const room = fitting(reading);
      busy = reading.cpu > BUSY.lowerAbove ? busy + 1 : 0;
      // Between two stages a job is with neither gate for a moment: one less is full enough.
      const wanted = reading.waiting > 0 && reading.active >= places - 1;
      good = wanted && reading.cpu < BUSY.raiseBelow && room > places ? good + 1 : 0;
      if (room < places) change(room, 'memory is short', reading);
      else if (busy >= PATIENCE)
        change(clampPlaces(places - STEP), 'the processor is busy', reading);
      else if (good >= PATIENCE)
        change(Math.min(room, places + STEP), 'jobs wait and there is room', reading);
      return places;
    },
  };
}
