/** Cuts a video into parts that play by themselves, each below a limit, without re-encoding. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JobError } from '../../shared/errors.ts';
import { inspect } from './inspect.ts';
import { conversionFault, type MediaTools, runTool, safeInput } from './process.ts';

export interface SplitJob {
  /** H.264/AAC in any container. */
  path: string;
  dir: string;
  /** Largest size of one part, bytes. */
  limitBytes: number;
  signal?: AbortSignal | undefined;
}

/** Parts begin at keyframes, so they vary; planned for this share of the limit, then smaller. */
const FIRST_SHARE = 0.92;
const SMALLER = 0.75;
const TRIES = 6;

/**
 * Returns the parts in order, their index in front; the file itself when it already fits.
 * @throws JobError `too_large` when a single stretch between two keyframes is above the limit,
 * `convert_failed` when ffmpeg fails, `incomplete` when the parts do not add up to the whole
 */
export async function splitVideo(tools: MediaTools, job: SplitJob): Promise<string[]> {
  const { bytes, duration } = await inspect(tools, job.path, job.signal);
  if (bytes <= job.limitBytes) return [job.path];
  if (!duration) throw new JobError('convert_failed', 'a video of unknown length cannot be cut');
  let seconds = duration * (job.limitBytes / bytes) * FIRST_SHARE;
  for (let left = TRIES; left > 0; left--, seconds *= SMALLER) {
    const parts = await cut(tools, job, seconds);
    if (await allFit(parts, job.limitBytes)) {
      await verifyWhole(tools, parts, duration, job.signal);
      return parts;
    }
  }
  throw new JobError('too_large', 'no cut at keyframes fits', { limit: job.limitBytes });
}

async function cut({ ffmpeg }: MediaTools, job: SplitJob, seconds: number): Promise<string[]> {
  await removeParts(job.dir);
  const args = ['-nostdin', '-v', 'error', '-y', ...safeInput(job.path)];
  args.push('-map', '0:V:0', '-map', '0:a:0?', '-c', 'copy', '-f', 'segment');
  args.push('-segment_time', seconds.toFixed(3), '-reset_timestamps', '1');
  args.push('-segment_format', 'mp4', '-segment_format_options', 'movflags=+faststart');
  const exit = await runTool(ffmpeg, [...args, join(job.dir, 'part-%04d.mp4')], {
    ...{ cwd: job.dir, signal: job.signal },
  });
  if (exit.code !== 0) throw conversionFault(exit);
  return partsIn(job.dir);
}

async function partsIn(dir: string): Promise<string[]> {
  const names = await readdir(dir);
  const parts = names.filter((name) => /^part-\d{4,}\.mp4$/.test(name)).sort();
  return parts.map((name) => join(dir, name));
}

/** A try with longer parts must not leave a last one behind. */
async function removeParts(dir: string): Promise<void> {
  for (const part of await partsIn(dir)) await rm(part);
}

async function allFit(parts: string[], limit: number): Promise<boolean> {
  const sizes = await Promise.all(parts.map(async (part) => (await stat(part)).size));
  return sizes.every((size) => size <= limit);
}

async function verifyWhole(
  tools: MediaTools,
  parts: string[],
  duration: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  let sum = 0;
  for (const part of parts) {
    const found = await inspect(tools, part, signal);
    if (!found.video || found.truncated) throw new JobError('incomplete', 'a part does not play');
    sum += found.duration ?? 0;
  }
  // Each part may lose or gain a frame.
  if (Math.abs(sum - duration) > 1 + parts.length * 0.2)
    throw new JobError('incomplete', `the parts last ${sum} s instead of ${duration} s`);
}
