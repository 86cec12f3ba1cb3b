/**
 * The small picture Telegram shows before a video plays: JPEG, at most 320 px and 200 kB
 * (core.telegram.org/bots/api#sendvideo). Why one ffmpeg run does both the picture and the
 * inspection: docs/decisions/0006-thumbnails.md.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Banner, parseBanner } from './banner.ts';
import { type MediaTools, runTool, safeInput } from './process.ts';

/** Its name in the job's folder. */
export const FIRST_PICTURE = 'thumbnail-1.jpg';
const MAX_BYTES = 200_000;
/** A single colour compresses to less than this; pictures of something do not. */
const FLAT_BYTES = 1_800;

const SMALL = ['-vf', 'scale=320:320:force_original_aspect_ratio=decrease', '-q:v', '4'];
const ONE = ['-map', '0:v:0', '-frames:v', '1', '-threads', '1', '-filter_threads', '1'];
const QUIET = ['-nostdin', '-hide_banner', '-y', '-threads', '1'];

/** Streams as they are, in an MP4 with its index in front. */
const COPY = [
  ...['-map', '0:V:0', '-map', '0:a:0?', '-map_metadata', '0'],
  ...['-c', 'copy', '-movflags', '+faststart'],
];

export interface Pictured {
  /** Absent when there is no usable picture. */
  thumbnail?: string | undefined;
  banner: Banner;
  /** The MP4 that was asked for beside it; absent when ffmpeg could not make it. */
  copy?: string | undefined;
}

/**
 * With `copyTo` the same run also copies the streams into an MP4 there: ffmpeg's start costs more.
 *
 * Decodes only the first keyframe; a second run further in happens when that one is a single
 * colour, as at a fade from black.
 */
export async function thumbnailOf(
  { ffmpeg }: Pick<MediaTools, 'ffmpeg'>,
  path: string,
  dir: string,
  signal?: AbortSignal,
  copyTo?: string,
): Promise<Pictured> {
  const first = join(dir, FIRST_PICTURE);
  const later = join(dir, 'thumbnail-2.jpg');
  const source = [...safeInput(path), ...ONE, ...SMALL];
  const outputs = [first, ...(copyTo ? [...COPY, copyTo] : [])];
  const { code, stderr } = await runTool(
    ffmpeg,
    [...QUIET, '-skip_frame', 'nokey', ...source, ...outputs],
    { cwd: dir, signal },
  );
  const banner = parseBanner(stderr);
  const copy = code === 0 ? copyTo : undefined;
  const bytes = await bytesOf(first);
  if (bytes >= FLAT_BYTES || !banner.video)
    return { thumbnail: usable(first, bytes), banner, copy };
  const at = Math.min(10, (banner.duration ?? 0) / 4).toFixed(2);
  await runTool(ffmpeg, [...QUIET, '-ss', at, ...source, later], { cwd: dir, signal });
  const best = (await bytesOf(later)) > bytes ? later : first;
  return { thumbnail: usable(best, await bytesOf(best)), banner, copy };
}

/** Makes a picture of any format (a song's cover, a site's thumbnail) one Telegram takes. */
export async function pictureToThumbnail(
  { ffmpeg }: Pick<MediaTools, 'ffmpeg'>,
  path: string,
  dir: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const to = join(dir, FIRST_PICTURE);
  await runTool(ffmpeg, [...QUIET, ...safeInput(path), ...ONE, ...SMALL, to], { cwd: dir, signal });
  return usable(to, await bytesOf(to));
}

/** The first picture when Telegram takes it and it shows something. */
export async function usableFirst(dir: string): Promise<string | undefined> {
  const path = join(dir, FIRST_PICTURE);
  const bytes = await bytesOf(path);
  return bytes >= FLAT_BYTES ? usable(path, bytes) : undefined;
}

const usable = (path: string, bytes: number) => (bytes > 0 && bytes < MAX_BYTES ? path : undefined);

const bytesOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
