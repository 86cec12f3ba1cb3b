/** Several files' raw progress as one that only moves forward. */
import type { RawProgress } from './output.ts';

export interface Progress {
  /** `processing` while ffmpeg joins or converts. */
  phase: 'downloading' | 'processing';
  /** 0 to 100, never falling; undefined while no size is known. */
  percent?: number | undefined;
  /** Bytes of all files so far. */
  downloaded: number;
  /** Bytes of the files seen so far; a second stream is added when it starts. */
  total?: number | undefined;
  /** Bytes per second. */
  speed?: number | undefined;
  /** Seconds. */
  eta?: number | undefined;
}

export interface ProgressMeter {
  /** @param expectedBytes the whole download's size, when the probe knew it */
  add(raw: RawProgress): Progress;
  processing(): Progress;
  readonly downloaded: number;
}

/**
 * HLS sizes are estimates that change with every fragment, so a plain quotient would walk
 * backwards, and a merged video has two files that each run from 0 to 100.
 */
export function progressMeter(expectedBytes?: number): ProgressMeter {
  const files = new Map<string, RawProgress>();
  let best = 0;
  let last: Progress = { phase: 'downloading', downloaded: 0 };

  const sum = (pick: (raw: RawProgress) => number) =>
    [...files.values()].reduce((all, raw) => all + pick(raw), 0);

  const combine = (): Progress => {
    const downloaded = sum((raw) => raw.downloaded);
    const known = sum((raw) => Math.max(raw.total?.bytes ?? 0, raw.downloaded));
    const sized = [...files.values()].every((raw) => raw.total);
    const total = Math.max(expectedBytes ?? 0, sized ? known : 0) || undefined;
    if (total) best = Math.max(best, Math.min(100, (100 * downloaded) / total));
    return { phase: 'downloading', downloaded, total, percent: total ? best : undefined };
  };

  return {
    add(raw) {
      files.set(raw.file, raw);
      last = { ...combine(), speed: raw.speed, eta: raw.eta };
      return last;
    },
    processing() {
      last = { ...last, phase: 'processing', speed: undefined, eta: undefined };
      return last;
    },
    get downloaded() {
      return last.downloaded;
    },
  };
}
