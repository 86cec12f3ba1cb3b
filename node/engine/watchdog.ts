/**
 * Watches a running download: is it moving, and does it stay within its size?
 *
 * yt-dlp's own guards are not enough: `--socket-timeout` never fires on a trickle, and
 * `--max-filesize` knows neither HLS nor answers without a length. The folder is watched beside
 * the progress lines because ffmpeg, which fetches clips, reports nothing.
 */

import { JobError } from '../../shared/errors.ts';
import { steadyNow } from '../clock.ts';

export interface WatchdogOptions {
  /** Bytes one job may download; above it the job ends as `too_large`. */
  maxBytes: number;
  /** Bytes in the job's folder now. */
  folderBytes(): Promise<number>;
  /** Called once, with `stalled` or `too_large`. */
  onTrip(error: JobError): void;
  now?: () => number;
}

export interface Watchdog {
  /** Bytes so far, and the whole size where it is known. */
  progress(downloaded: number, total?: { bytes: number; exact: boolean }): void;
  /** ffmpeg works on what is there: no bytes are expected until the next progress. */
  processing(): void;
  /** Looks once; a timer calls it, tests too. */
  check(): Promise<void>;
  start(): void;
  stop(): void;
}

const CHECK_EVERY_MS = 2_000;
/** Without a byte. */
const STALL_MS = 60_000;
/** After the first `STALL_MS`, slower than this over `SLOW_WINDOW_MS` is stalled as well. */
const SLOW_BYTES_PER_S = 10_000;
const SLOW_WINDOW_MS = 30_000;
/** A longer gap without bytes is a pause, not a trickle. */
const PAUSE_MS = 10_000;
/** Video, audio and the merged file stand side by side for a moment. */
export const FOLDER_FACTOR = 2.2;

export function watchdog(options: WatchdogOptions): Watchdog {
  const { maxBytes, now = steadyNow } = options;
  const startedAt = now();
  let movedAt = startedAt;
  let reported = 0;
  let seen = 0;
  let busy = false;
  let tripped = false;
  let timer: NodeJS.Timeout | undefined;
  let samples: { at: number; bytes: number }[] = [];

  const stop = () => clearInterval(timer);
  const trip = (error: JobError) => {
    if (tripped) return;
    tripped = true;
    stop();
    options.onTrip(error);
  };
  const tooLarge = (size: number) =>
    trip(new JobError('too_large', `${size} bytes`, { size: Math.round(size), limit: maxBytes }));

  const isSlow = (at: number) => {
    const first = samples.find((sample) => at - sample.at <= SLOW_WINDOW_MS);
    samples = samples.filter((sample) => at - sample.at <= SLOW_WINDOW_MS);
    if (!first || at - startedAt < STALL_MS || at - first.at < SLOW_WINDOW_MS - CHECK_EVERY_MS)
      return false;
    return ((seen - first.bytes) * 1000) / (at - first.at) < SLOW_BYTES_PER_S;
  };

  const judge = (bytes: number) => {
    const at = now();
    // A pause is judged as a pause: what comes after it starts a window of its own.
    if (bytes > seen && at - movedAt > PAUSE_MS) samples = [];
    if (busy || bytes > seen) movedAt = at;
    seen = Math.max(seen, bytes);
    if (busy) samples = [];
    else samples.push({ at, bytes: seen });
    if (at - movedAt >= STALL_MS)
      return trip(new JobError('stalled', `no bytes for ${STALL_MS} ms`));
    if (!busy && at - movedAt <= PAUSE_MS && isSlow(at))
      trip(new JobError('stalled', 'slower than 10 kB/s for 30 s'));
  };

  async function check() {
    const folder = await options.folderBytes();
    if (tripped) return;
    if (folder > FOLDER_FACTOR * maxBytes) return tooLarge(folder);
    judge(Math.max(reported, folder));
  }

  return {
    progress(downloaded, total) {
      busy = false;
      reported = downloaded;
      if (total?.exact && total.bytes > maxBytes) return tooLarge(total.bytes);
      // An estimate alone ends nothing: the first fragments say little about the rest.
      if (downloaded > maxBytes) return tooLarge(Math.max(downloaded, total?.bytes ?? 0));
    },
    processing() {
      busy = true;
    },
    check,
    start() {
      timer = setInterval(() => {
        // A folder that vanished is the job's own end; anything else shows at the next look.
        check().catch(() => {});
      }, CHECK_EVERY_MS);
    },
    stop,
  };
}
