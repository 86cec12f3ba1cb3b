/** Another yt-dlp, fetched beside the one in use, which stays. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { YtdlpInstall } from '../engine/engine.ts';
import type { Log } from '../log.ts';
import { type EnsureYtdlp, ensureYtdlp, YtdlpMissing } from '../tools/ytdlp.ts';

export interface NewerYtdlp {
  /** Of the one in use. */
  version: string;
  /** `YTDLP_PATH`: the operator decides then. */
  path: string | undefined;
  /** `DATA_DIR/yt-dlp`; each find gets a folder of its own in `next/`. */
  dir: string;
  log: Log;
  ensure?: ((options: EnsureYtdlp) => Promise<YtdlpInstall>) | undefined;
}

const nextDir = (dir: string) => join(dir, 'next');

/** The find, or undefined when there is none or the operator chose one by hand. */
export async function newerYtdlp(parts: NewerYtdlp): Promise<YtdlpInstall | undefined> {
  return parts.path ? undefined : fetched(parts, { minVersion: `${parts.version}.1` });
}

/** Exactly the wanted version, or undefined where it cannot be had. */
export function exactYtdlp(
  parts: Omit<NewerYtdlp, 'version' | 'path'>,
  version: string,
): Promise<YtdlpInstall | undefined> {
  return fetched(parts, { version });
}

async function fetched(
  parts: Pick<NewerYtdlp, 'dir' | 'log' | 'ensure'>,
  which: Pick<EnsureYtdlp, 'version' | 'minVersion'>,
): Promise<YtdlpInstall | undefined> {
  const { log, ensure = ensureYtdlp } = parts;
  // A way that fails is expected here every night: only the result is worth a line.
  const quiet = { info: log.debug.bind(log), warn: log.debug.bind(log) };
  await mkdir(nextDir(parts.dir), { recursive: true });
  const dir = await mkdtemp(join(nextDir(parts.dir), 'found-'));
  try {
    return await ensure({ dir, ...which, log: quiet });
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    if (error instanceof YtdlpMissing) return undefined;
    throw error;
  }
}

/** Removes the finds that are neither used nor kept. */
export async function tidyFinds(
  dir: string,
  kept: readonly (YtdlpInstall | undefined)[],
): Promise<void> {
  const names = await readdir(nextDir(dir)).catch(() => []);
  const isKept = (name: string) =>
    kept.some((one) => one?.bin.startsWith(join(nextDir(dir), name) + sep));
  await Promise.all(
    names
      .filter((name) => !isKept(name))
      .map((name) => rm(join(nextDir(dir), name), { recursive: true, force: true })),
  );
}
