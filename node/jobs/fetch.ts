/** From a link to files on the disk: probe, choose, download; one extraction for all of it. */
import { parseChoice } from '../../shared/choice.ts';
import { JobError } from '../../shared/errors.ts';
import type { Progress } from '../../shared/texts/catalogue.ts';
import type { DownloadPlan } from '../engine/download-run.ts';
import type { MediaInfo } from '../engine/media-info.ts';
import type { Ytdlp } from '../engine/ytdlp.ts';
import { choosePlan } from '../formats/choose.ts';
import type { Plan } from '../formats/plan.ts';
import { type Gates, stagger } from '../queue/gates.ts';
import type { JobRow } from '../store/schema.ts';
import { byteLimit, inParts } from './byte-limit.ts';
import { clipFault } from './clip-fault.ts';

export interface FetchParts {
  ytdlp: Ytdlp;
  gates: Pick<Gates, 'begin' | 'extract' | 'download'>;
  maxFileBytes: number;
}

export interface FetchWatch {
  extracting(): void;
  downloading(progress: Progress): void;
  converting(why: 'merge' | 'cut'): void;
  /** The title is known. */
  probed(info: MediaInfo): Promise<void>;
  /**
   * What is about to be downloaded, in bytes where that is known.
   * @throws JobError when there is no room for it
   */
  sized(bytes: number | undefined): void;
}

export interface Fetched {
  info: MediaInfo;
  plan: Plan;
  files: string[];
}

/** What of a job decides what is fetched. */
export type LinkJob = Pick<JobRow, 'url' | 'choice' | 'clipStartMs' | 'clipEndMs'>;

export interface FetchJob {
  job: LinkJob;
  dir: string;
  signal: AbortSignal;
  watch: FetchWatch;
}

/** How often a rung that turned out too large is followed by a lower one. */
const MAX_STEPS_DOWN = 4;

/** Not a failure: the link stands for many things, and its owner says which of them. */
export class ListFound extends Error {
  override readonly name = 'ListFound';
  constructor(
    readonly info: MediaInfo,
    readonly entries: NonNullable<MediaInfo['entries']>,
  ) {
    super(`${entries.length} entries`);
  }
}

/** @throws JobError, ListFound */
export async function fetchMedia(parts: FetchParts, fetch: FetchJob): Promise<Fetched> {
  const info = await lookAt(parts, fetch);
  return parts.gates.download.add(() => downloadFitting(parts, fetch, info));
}

/** What the link holds, refused when it is nothing that can be fetched now. */
export async function lookAt(parts: FetchParts, fetch: FetchJob): Promise<MediaInfo> {
  const { job, dir, signal, watch } = fetch;
  const info = await parts.gates.extract.add(() => {
    watch.extracting();
    return stagger(parts.gates.begin, () => parts.ytdlp.probe({ url: job.url, dir, signal }));
  });
  refuseUnfit(info);
  await watch.probed(info);
  return info;
}

function refuseUnfit(info: MediaInfo): void {
  if (info.live === 'live') throw new JobError('live');
  if (info.live === 'upcoming') {
    throw new JobError('upcoming', '', info.startsAt ? { until: info.startsAt } : {});
  }
  if (info.entries?.length === 0) throw new JobError('no_media', 'an empty list');
  if (info.entries) throw new ListFound(info, info.entries);
}

/**
 * Sizes are often unknown before the download; when a rung proves too large on the way, the next
 * lower one is tried, from the same extraction.
 */
async function downloadFitting(parts: FetchParts, fetch: FetchJob, info: MediaInfo) {
  let below: number | undefined;
  for (let step = 0; ; step++) {
    const plan = info.items ? carouselPlan() : planFor(parts, fetch.job, info, below);
    try {
      fetch.watch.sized(plan.size?.bytes);
      const files = await download(parts, fetch, info, plan);
      return { info, plan, files };
    } catch (thrown) {
      const error = clipFault(thrown, fetch.job, info);
      const lower = plan.height !== undefined && step < MAX_STEPS_DOWN && !inParts(fetch.job);
      if (!(error instanceof JobError) || error.code !== 'too_large' || !lower) throw error;
      below = plan.height;
      rethrowWhenNothingIsLower(parts, fetch.job, info, below, error);
    }
  }
}

/** The first refusal knows the real size, a ladder without sizes would only guess. */
function rethrowWhenNothingIsLower(
  parts: FetchParts,
  job: LinkJob,
  info: MediaInfo,
  below: number | undefined,
  error: JobError,
): void {
  try {
    planFor(parts, job, info, below);
  } catch {
    throw error;
  }
}

function planFor(parts: FetchParts, job: LinkJob, info: MediaInfo, below?: number): Plan {
  const choice = parseChoice(job.choice);
  if (!choice) throw new JobError('internal', `unknown choice ${job.choice}`);
  return choosePlan(info, { choice, limit: parts.maxFileBytes, below, part: partOf(job, info) });
}

/** The share of the whole a clip takes, for its size. */
function partOf(job: LinkJob, { duration }: MediaInfo): number | undefined {
  const clip = clipOf(job);
  if (!clip || !duration) return undefined;
  if (clip.start >= duration) throw new JobError('bad_clip', `starts after ${duration} s`);
  return Math.min(1, ((clip.end ?? duration) - clip.start) / duration);
}

/** The clip of a job in seconds. */
export function clipOf(job: LinkJob): { start: number; end?: number } | undefined {
  if (job.clipStartMs === null) return undefined;
  const start = job.clipStartMs / 1000;
  return job.clipEndMs === null ? { start } : { start, end: job.clipEndMs / 1000 };
}

/** Several media of one post: each at its best for a phone, chosen by yt-dlp item by item. */
export const carouselPlan = (asFile = false): Plan => ({
  selector: 'b[vcodec^=avc1]/bv*[vcodec^=avc1]+ba[acodec^=mp4a]/b/bv*+ba',
  kind: asFile ? 'file' : 'video',
  why: 'best',
  expect: { video: false, audio: false },
  convert: false,
});

async function download(parts: FetchParts, fetch: FetchJob, info: MediaInfo, plan: Plan) {
  const { job, dir, signal, watch } = fetch;
  const clip = clipOf(job);
  const { files } = await parts.ytdlp.download({
    info,
    plan: enginePlan(plan, info, clip),
    dir,
    signal,
    maxBytes: await byteLimit(job, dir, parts.maxFileBytes),
    expectedBytes: plan.size?.bytes,
    onProgress({ phase, downloaded, ...rest }) {
      if (phase === 'downloading') watch.downloading({ ...rest, done: downloaded });
      else watch.converting(clip ? 'cut' : 'merge');
    },
  });
  return files;
}

function enginePlan(plan: Plan, info: MediaInfo, clip: DownloadPlan['clip']): DownloadPlan {
  const subtitle = info.subtitles.find(({ language }) => language === plan.subtitles);
  return {
    format: plan.selector,
    ...(plan.selector.includes('+') && {
      mergeTo: plan.convert || plan.kind === 'file' ? 'mkv' : 'mp4',
    }),
    ...(plan.extractAudio && { audio: { format: plan.extractAudio, cover: true } }),
    ...(subtitle && { subtitles: subtitle }),
    // Someone who wants the file itself gets one that is what its name says.
    ...(plan.kind === 'video' && !clip && { transport: true }),
    ...(clip && !subtitle && { clip }),
  };
}
