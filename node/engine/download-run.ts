/** One download run: its lines become progress, files and, at the end, a result or an error. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { JobError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import type { DownloadArgs } from './argv.ts';
import type { Engine, EngineExit } from './engine.ts';
import { errorOf } from './failure.ts';
import { folderBytes } from './folder-size.ts';
import { guarded } from './guarded.ts';
import type { MediaInfo } from './media-info.ts';
import { parseOutput } from './output.ts';
import { type Progress, type ProgressMeter, progressMeter } from './progress.ts';
import { type Watchdog, watchdog } from './watchdog.ts';

/** What to fetch of a probed link: made by the planner, never by a person's text. */
export type DownloadPlan = Pick<
  DownloadArgs,
  'format' | 'mergeTo' | 'audio' | 'clip' | 'subtitles' | 'transport'
>;

export interface DownloadRequest {
  info: MediaInfo;
  plan: DownloadPlan;
  dir: string;
  cookies?: string | undefined;
  signal: AbortSignal;
  /** Bytes the download may have in all; more ends it as `too_large`. */
  maxBytes: number;
  /** Bytes expected, when the probe knew them: makes the percentage one of the whole. */
  expectedBytes?: number | undefined;
  onProgress(progress: Progress): void;
}

export interface Downloaded {
  /** Absolute paths of existing files, in the order of the post. */
  files: string[];
  /** Separate streams were joined. */
  merged: boolean;
}

interface Collect extends DownloadRequest {
  engine: Engine;
  log: Log;
  argv: readonly string[];
  outDir: string;
}

/** What a run said so far. */
interface Heard {
  files: string[];
  merged: boolean;
  /** Bytes, when a file was refused for its size or its size was announced. */
  size?: number | undefined;
  refused: boolean;
}

/** yt-dlp refuses a file above `--max-filesize` in words, with exit code 0. */
const REFUSED = /larger than max-filesize(?: \((\d+) bytes)?/;

export async function collect(job: Collect): Promise<Downloaded> {
  const heard: Heard = { files: [], merged: false, refused: false };
  const tripped = new AbortController();
  const meter = progressMeter(job.expectedBytes);
  const dog = watchdog({
    maxBytes: job.maxBytes,
    folderBytes: () => folderBytes(job.dir),
    onTrip: (error) => tripped.abort(error),
  });
  const take = (line: string) => hear(line, heard, { job, meter, dog });
  dog.start();
  try {
    const exit = await guarded(AbortSignal.any([job.signal, tripped.signal]), (signal) =>
      job.engine.run({
        argv: job.argv,
        cwd: job.dir,
        signal,
        // Slack for the container: the size guard ends a job with a better error before.
        maxFileBytes: Math.ceil(job.maxBytes * 1.1) + 16 * 1024 * 1024,
        onStdout: take,
        onStderr: take,
      }),
    );
    return await result(exit, heard, job);
  } finally {
    dog.stop();
  }
}

function hear(
  line: string,
  heard: Heard,
  { job, meter, dog }: { job: Collect; meter: ProgressMeter; dog: Watchdog },
): void {
  const event = parseOutput(line);
  switch (event?.kind) {
    case 'progress': {
      const progress = meter.add(event.progress);
      dog.progress(progress.downloaded, event.progress.total);
      job.onProgress(progress);
      return;
    }
    case 'post':
      heard.merged ||= event.name === 'Merger';
      // Moving files into place is a post-processor too, and the last one of each file.
      if (event.status === 'started' && event.name !== 'MoveFiles') {
        dog.processing();
        job.onProgress(meter.processing());
      }
      return;
    case 'media':
      heard.size ??= event.bytes;
      return;
    case 'file':
      heard.files.push(event.path);
      return;
    default:
      hearWords(line, heard, job);
  }
}

function hearWords(line: string, heard: Heard, job: Collect): void {
  job.log.debug({ line }, 'yt-dlp');
  const refused = REFUSED.exec(line);
  if (!refused) return;
  heard.refused = true;
  heard.size = refused[1] ? Number(refused[1]) : heard.size;
}

/** Exit code 0 is not enough: a file must have been announced, and be there. */
async function result(exit: EngineExit, heard: Heard, job: Collect): Promise<Downloaded> {
  const files = job.plan.subtitles
    ? await listed(job.outDir)
    : await existing(heard.files, job.outDir);
  const limit = { limit: job.maxBytes };
  if (exit.code !== 0) throw errorOf(exit, limit);
  if (files.length > 0) return { files, merged: heard.merged };
  if (heard.refused || (heard.size ?? 0) > job.maxBytes)
    throw new JobError('too_large', 'refused by --max-filesize', {
      ...limit,
      ...(heard.size ? { size: heard.size } : {}),
    });
  if (job.plan.subtitles) throw new JobError('no_subtitles', job.plan.subtitles.language);
  throw new JobError('incomplete', `exit code 0 without a file; ${exit.stderr.slice(-300)}`);
}

const listed = async (dir: string) => (await readdir(dir)).sort().map((name) => join(dir, name));

/**
 * Only finished files: a site can put a line of its own into what yt-dlp prints, by a line break in
 * a video's id, and beside the finished ones lie the job's cookies.
 */
async function existing(paths: readonly string[], dir: string): Promise<string[]> {
  const inside = [...new Set(paths.map((path) => resolve(dir, path)))].filter((path) =>
    path.startsWith(resolve(dir) + sep),
  );
  const found = await Promise.all(
    inside.map((path) =>
      stat(path).then(
        (entry) => (entry.isFile() && entry.size > 0 ? [path] : []),
        () => [],
      ),
    ),
  );
  return found.flat();
}
