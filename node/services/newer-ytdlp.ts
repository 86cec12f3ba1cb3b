/** Whether a newer yt-dlp could be had. It is fetched beside the one in use, which stays. */
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { type EnsureYtdlp, ensureYtdlp, YtdlpMissing } from '../tools/ytdlp.ts';

export interface NewerYtdlp {
  /** Of the one in use. */
  version: string;
  /** `YTDLP_PATH`: the operator decides then. */
  path: string | undefined;
  /** `DATA_DIR/yt-dlp`. */
  dir: string;
  log: Log;
  ensure?: (options: EnsureYtdlp) => Promise<{ version: string }>;
}

/** Its version, or undefined when there is none or the operator chose one by hand. */
export async function newerYtdlp(parts: NewerYtdlp): Promise<string | undefined> {
  const { version, path, dir, log, ensure = ensureYtdlp } = parts;
  if (path) return undefined;
  // A way that fails is expected here every night: only the result is worth a line.
  const quiet = { info: log.debug.bind(log), warn: log.debug.bind(log) };
  try {
    const found = await ensure({ dir: join(dir, 'next'), minVersion: `${version}.1`, log: quiet });
    return found.version;
  } catch (error) {
    if (error instanceof YtdlpMissing) return undefined;
    throw error;
  }
}
