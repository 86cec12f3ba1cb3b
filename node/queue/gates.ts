/**
 * How much of each kind of work runs at once. p-queue is only a gate here: what waits is a row
 * in the database, so nothing is lost with the memory.
 *
 * Never pass `signal` or `timeout` to `add`: p-queue frees the slot when they fire while the
 * task still runs, and one gate of 8 then holds 9 processes. A task ends itself, and it ends
 * when its process has.
 */
import PQueue from 'p-queue';

export interface Gates {
  /** The first moments of a look-up, which belong to the processor: see `stagger`. */
  begin: PQueue;
  /** yt-dlp looking a link up. */
  extract: PQueue;
  /** yt-dlp moving bytes. */
  download: PQueue;
  /** ffmpeg for a moment: a thumbnail, an inspection, a copy in parts. */
  look: PQueue;
  /** ffmpeg for long: never on every core, the rest of the node lives there too. */
  convert: PQueue;
  upload: PQueue;
  /** Commands, buttons and other short answers. */
  light: PQueue;
}

export interface GateSizes {
  downloads: number;
  workers: number;
  cores: number;
}

export function createGates({ downloads, workers, cores }: GateSizes): Gates {
  return {
    begin: new PQueue({ concurrency: cores }),
    extract: new PQueue({ concurrency: downloads }),
    download: new PQueue({ concurrency: downloads }),
    look: new PQueue({ concurrency: cores }),
    convert: new PQueue({ concurrency: Math.max(1, cores - 1) }),
    upload: new PQueue({ concurrency: Math.max(4, Math.floor(workers / 2)) }),
    light: new PQueue({ concurrency: workers }),
  };
}

/** ms; a fork and yt-dlp's own work before a plain link's site is asked take about 40. */
const BEGINS_WITHIN_MS = 100;

/**
 * Starts work one after the other: it holds its place in the gate until it is done or, most likely,
 * waits for a site. Started all at once, thirty-two share two cores, none is early, and what they do
 * at their end they do all at once again.
 */
export function stagger<T>(gate: PQueue, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    void gate.add(async () => {
      const running = work();
      running.then(resolve, reject);
      await oneOf(running, BEGINS_WITHIN_MS);
    });
  });
}

/** Resolves when the work is over, however it ended, or after so many ms. */
function oneOf(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    const over = () => {
      clearTimeout(timer);
      done();
    };
    work.then(over, over);
  });
}

/** Work in and before a gate. */
export const load = (gate: PQueue): number => gate.size + gate.pending;
