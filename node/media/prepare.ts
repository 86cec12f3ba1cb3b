/**
 * Makes a downloaded file ready to be sent: what it is (told by its content), whether it is whole,
 * what has to be done so that a phone plays it, and what Telegram shows with it.
 */
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { JobError } from '../../shared/errors.ts';
import { displayName } from './display-name.ts';
import { type Inspection, inspect, onDisk } from './inspect.ts';
import type { MediaFile } from './media.ts';
import { conversionFault, type MediaTools, runTool, safeInput } from './process.ts';
import type { QuickLook } from './quick-look.ts';
import { isTransportStream, type Picture, sniffPicture } from './sniff.ts';
import { pictureToThumbnail, thumbnailOf } from './thumbnail.ts';
import { isReadyMp4, playableStreams, playableVideo, toMp4 } from './to-mp4.ts';
import { verifyMedia } from './verify.ts';

export interface PrepareJob {
  /** The finished download. */
  path: string;
  /** The job's own folder; what is made goes there. */
  dir: string;
  info: {
    title: string;
    track?: string | undefined;
    artist?: string | undefined;
    uploader?: string | undefined;
  };
  plan: {
    kind: 'video' | 'audio' | 'file' | 'subtitles';
    expect: { video: boolean; audio: boolean };
    convert: boolean;
    /** Their language, when it is subtitles. */
    subtitles?: string | undefined;
  };
  /** Seconds the file should last, when known: of a clip, the clip's. */
  durationS?: number | undefined;
  /** The site's own picture, any format. */
  picture?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Called before a re-encode begins: it takes long, so the person is told. */
  onReencode?: (() => void) | undefined;
  onProgress?: ((share: number) => void) | undefined;
  /** Where ffmpeg waits for its turn; at once unless told. */
  turns?: Turns | undefined;
  /** Looks without starting ffmpeg, where that is possible. */
  quickLook?: Pick<QuickLook, 'look'> | undefined;
}

/** A long conversion must not hold up the thumbnails of everybody else's files. */
export interface Turns {
  look<T>(work: () => Promise<T>): Promise<T>;
  convert<T>(work: () => Promise<T>): Promise<T>;
}

const AT_ONCE: Turns = { look: (work) => work(), convert: (work) => work() };

/** The port jobs prepare through, its tools already chosen. */
export type PrepareMedia = (job: PrepareJob) => Promise<MediaFile>;

/** Without being planned, a re-encode is done for files up to this length, seconds. */
const SHORT_S = 600;

/** Limits of sendPhoto (core.telegram.org/bots/api#sendphoto). */
const PHOTO = { bytes: 10_000_000, sides: 10_000, ratio: 20 };

/**
 * @throws JobError `incomplete` for a file that is not whole, `convert_failed` when ffmpeg cannot
 * make it playable
 */
export async function prepareMedia(job: PrepareJob & { ffmpeg: MediaTools }): Promise<MediaFile> {
  const { ffmpeg, ...rest } = job;
  if (rest.plan.kind === 'subtitles') return document(rest);
  const picture = await sniffPicture(rest.path);
  const { look } = rest.turns ?? AT_ONCE;
  if (picture && picture !== 'gif') return look(() => photo(ffmpeg, rest, picture));
  if (rest.plan.kind === 'file') return look(() => original(ffmpeg, rest));
  return media(ffmpeg, rest, picture);
}

async function media(tools: MediaTools, job: PrepareJob, picture: Picture | undefined) {
  const { look } = job.turns ?? AT_ONCE;
  const quick = await look(() => lookQuickly(tools, job));
  const found = quick?.found ?? (await look(() => inspectMedia(tools, job)));
  if (!found) return document(job);
  // A GIF never has sound and is planned as any video.
  const { expect, kind } = job.plan;
  const promised = picture === 'gif' ? { video: true, audio: false } : expect;
  verifyMedia(found, {
    ...promised,
    video: promised.video && kind !== 'audio',
    durationS: job.durationS,
  });
  if (found.video && kind !== 'audio') {
    const file = await video(tools, job, found, quick);
    return picture === 'gif' && file.kind === 'video'
      ? { ...file, kind: 'animation' as const }
      : file;
  }
  if (!found.audio) return document(job);
  return look(async () =>
    audio(tools, job, await withTags(tools, job, found, quick !== undefined)),
  );
}

/** A file of these endings that cannot be read is broken, not of another kind. */
const MEDIA_ENDING = /^(mp4|m4v|mov|mkv|webm|avi|flv|3gp|ts|mp3|m4a|aac|ogg|opus|wav|flac|gif)$/i;

/** Undefined for what never claimed to be media, e.g. an archive behind a plain link. */
async function inspectMedia(tools: MediaTools, job: PrepareJob): Promise<Inspection | undefined> {
  const { expect } = job.plan;
  const claimed = expect.video || expect.audio || MEDIA_ENDING.test(ending(job.path));
  return inspect(tools, job.path, job.signal).catch((error) => {
    if (claimed || !(error instanceof JobError) || error.code !== 'incomplete') throw error;
    return undefined;
  });
}

/** What one run of ffmpeg told and made. */
interface Quick {
  found: Inspection;
  thumbnail: string;
  copy?: string | undefined;
}

/**
 * One ffmpeg run tells about a video, makes its thumbnail and, of what no phone plays as it is, a
 * copy; `undefined` when it was no video.
 */
async function lookQuickly(
  tools: MediaTools,
  { path, dir, plan, signal, quickLook }: PrepareJob,
): Promise<Quick | undefined> {
  if (plan.kind !== 'video') return undefined;
  const copyTo = (await isTransportStream(path)) ? join(dir, 'copy.mp4') : undefined;
  const { banner, thumbnail, copy } =
    (copyTo ? undefined : await quickLook?.look(path, dir, signal)) ??
    (await thumbnailOf(tools, path, dir, signal, copyTo));
  const { container, duration, video, audio } = banner;
  if (!container || !video || !thumbnail) return undefined;
  const found: Inspection = {
    container,
    duration,
    video,
    audio,
    cover: false,
    ...(await onDisk(path)),
  };
  return { found, thumbnail, copy };
}

/** ffmpeg's banner was not read for titles. */
async function withTags(tools: MediaTools, job: PrepareJob, found: Inspection, quick: boolean) {
  return quick ? inspect(tools, job.path, job.signal) : found;
}

async function video(
  tools: MediaTools,
  job: PrepareJob,
  found: Inspection,
  quick: Quick | undefined,
): Promise<MediaFile> {
  const made = quick?.thumbnail;
  if (!playableVideo(found)) {
    if (!job.plan.convert && (found.duration ?? Number.POSITIVE_INFINITY) > SHORT_S)
      return { ...(await document(job)), thumbnail: made };
    job.onReencode?.();
  }
  const { dir, signal, onProgress } = job;
  const { look, convert } = job.turns ?? AT_ONCE;
  const playable = () => toMp4(tools, { path: job.path, dir, streams: found, signal, onProgress });
  const turn = playableVideo(found) ? look : convert;
  const copied = playableStreams(found) ? quick?.copy : undefined;
  const path = isReadyMp4(found) ? job.path : (copied ?? (await turn(playable)));
  const thumbnail = made ?? (await look(() => thumbnailOf(tools, path, dir, signal))).thumbnail;
  const { width, height } = found.video ?? {};
  return {
    ...(await file(job, path, 'mp4')),
    kind: 'video',
    ...{ title: job.info.title, width, height, thumbnail, duration: whole(found.duration) },
  };
}

async function audio(tools: MediaTools, job: PrepareJob, found: Inspection): Promise<MediaFile> {
  const { info, dir, signal } = job;
  const title = info.track ?? found.title ?? info.title;
  const performer = info.artist ?? found.artist ?? info.uploader;
  const cover = found.cover ? job.path : job.picture;
  const thumbnail = cover && (await pictureToThumbnail(tools, cover, dir, signal));
  return {
    ...(await file({ ...job, info: { title } }, job.path, audioEnding(found, job.path))),
    ...{ kind: 'audio', title, performer, thumbnail, duration: whole(found.duration) },
  };
}

/** Telegram's player takes MP3 and M4A (…#sendaudio) and, by experience, Ogg. */
function audioEnding({ container, audio: stream }: Inspection, path: string): string {
  if (container === 'mp3') return 'mp3';
  if (container.startsWith('mov,mp4')) return 'm4a';
  if (container === 'ogg') return stream?.codec === 'opus' ? 'opus' : 'ogg';
  return ending(path);
}

async function photo(tools: MediaTools, job: PrepareJob, picture: Picture): Promise<MediaFile> {
  if (job.plan.kind === 'file') return document(job);
  const path = picture === 'jpeg' || picture === 'png' ? job.path : await toJpeg(tools, job);
  const { video: shown, bytes } = await inspect(tools, path, job.signal);
  if (!shown) throw new JobError('incomplete', 'the picture cannot be read');
  const { width, height } = shown;
  const ratio = Math.max(width / height, height / width);
  const fits = bytes <= PHOTO.bytes && width + height <= PHOTO.sides && ratio <= PHOTO.ratio;
  const kind = fits ? 'photo' : 'document';
  const type = path === job.path && picture === 'png' ? 'png' : 'jpg';
  return { ...(await file(job, path, type)), kind, title: job.info.title, width, height };
}

async function toJpeg({ ffmpeg }: MediaTools, { path, dir, signal }: PrepareJob): Promise<string> {
  const to = join(dir, 'picture.jpg');
  const args = ['-nostdin', '-v', 'error', '-y', ...safeInput(path)];
  const exit = await runTool(ffmpeg, [...args, '-frames:v', '1', '-q:v', '2', to], {
    cwd: dir,
    signal,
  });
  if (exit.code !== 0) throw conversionFault(exit);
  return to;
}

/** The original as a document; it still has to be whole. */
async function original(tools: MediaTools, job: PrepareJob): Promise<MediaFile> {
  const { expect } = job.plan;
  const promisesMedia = expect.video || expect.audio;
  if (!promisesMedia) return document(job);
  const found = await inspect(tools, job.path, job.signal);
  verifyMedia(found, { ...expect, durationS: job.durationS });
  const { dir, signal } = job;
  const { thumbnail } = found.video ? await thumbnailOf(tools, job.path, dir, signal) : {};
  return { ...(await document(job)), thumbnail, duration: whole(found.duration) };
}

async function document(job: PrepareJob): Promise<MediaFile> {
  return {
    ...(await file(job, job.path, ending(job.path))),
    kind: 'document',
    title: job.info.title,
  };
}

async function file({ info, plan }: PrepareJob, path: string, ext: string) {
  const { size } = await stat(path);
  if (size === 0) throw new JobError('incomplete', 'the file is empty');
  return { path, bytes: size, fileName: displayName(info.title, ext, plan.subtitles) };
}

/** yt-dlp calls what it does not know `unknown_video`, which says nothing to a person. */
const ending = (path: string) => extname(path).slice(1).replace('unknown_video', '') || 'bin';

const whole = (seconds: number | undefined) =>
  seconds === undefined ? undefined : Math.round(seconds);
