/**
 * One job from its claim to its end:
 *
 *   known to Telegram? ──▶ send by file id
 *        │ no
 *   probe ▶ choose ▶ download ─(place free)▶ prepare ▶ upload ▶ keep the file ids ▶ followers
 */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { formatChoice } from '../../shared/choice.ts';
import { JobError } from '../../shared/errors.ts';
import type { SiteWatch } from '../breakers/breakers.ts';
import type { Log } from '../log.ts';
import type { MediaFile } from '../media/media.ts';
import type { PrepareJob, PrepareMedia, Turns } from '../media/prepare.ts';
import type { SplitJob } from '../media/split.ts';
import type { Gates } from '../queue/gates.ts';
import type { Board } from '../status/board.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { ShowUpload } from '../telegram/chat-action.ts';
import type { Ask } from './ask.ts';
import { inParts } from './byte-limit.ts';
import { chatOf } from './chat-of.ts';
import { clipFault } from './clip-fault.ts';
import {
  type DeliverParts,
  deliverCached,
  deliverFiles,
  sendError,
  Unrecorded,
} from './deliver.ts';
import type { Disk } from './disk.ts';
import {
  clipOf,
  type Fetched,
  type FetchParts,
  type FetchWatch,
  fetchMedia,
  ListFound,
  lookAt,
} from './fetch.ts';
import type { Flight } from './flights.ts';
import type { JobFolders } from './folder.ts';
import { fetchPictures, mayBePictures, type PictureParts } from './pictures.ts';
import type { RecentFailures } from './recent-failures.ts';
import { saidOf } from './said.ts';
import { settleFailure } from './settle.ts';
import type { LastWords } from './words.ts';

export interface FlyParts extends FetchParts, PictureParts {
  store: Store;
  board: Board;
  gates: Gates;
  folders: JobFolders;
  disk: Disk;
  prepare: PrepareMedia;
  /** Cuts a video at keyframes into files below a limit, in order. */
  split(job: SplitJob): Promise<string[]>;
  send: DeliverParts['send'];
  showUpload: ShowUpload;
  failures: RecentFailures;
  words: LastWords;
  /** The circuit breakers. */
  sites: SiteWatch;
  /** Opens the menu of a job whose choice is `ask`. */
  ask: Ask;
  /** The link is a list: its owner is asked what to take, and the job is settled. */
  askList(job: JobRow, found: ListFound): Promise<void>;
  /** The files are in the chat; never throws. */
  onDelivered(job: JobRow): Promise<void>;
  /** The file key is settled: jobs that waited for it can be served. */
  onSettled(job: JobRow, error: JobError | undefined): Promise<void>;
  log: Log;
  now(): number;
}

/** Runs a claimed job; when it resolves the job is settled in the store. */
export async function flyJob(parts: FlyParts, job: JobRow, flight: Flight): Promise<void> {
  parts.sites.started(job);
  if (flight.mayFetch) parts.disk.admit(job.id);
  try {
    await flyWatched(parts, job, flight);
  } finally {
    parts.disk.release(job.id);
    parts.sites.ended(job);
  }
}

async function flyWatched(parts: FlyParts, job: JobRow, flight: Flight): Promise<void> {
  let error: JobError | undefined;
  try {
    const known = parts.failures.find(job);
    if (known) throw known;
    if (!(await deliverOrAsk(parts, job, flight))) return;
  } catch (thrown) {
    if (thrown instanceof Unrecorded) throw thrown;
    error = await settleFailure(parts, job, sendError(thrown), flight.signal);
    if (!error) return;
  }
  await parts.onSettled(job, error);
}

/** What ffmpeg and yt-dlp's own steps say when a file breaks off, whatever broke it off. */
const BROKEN_OFF = new Set(['convert_failed', 'incomplete', 'engine_failed']);

/** ffmpeg's last word is "Conversion failed!": that the disk is full is seen on the disk. */
function underFullDisk({ disk }: FlyParts, thrown: unknown): unknown {
  const suspect = thrown instanceof JobError && BROKEN_OFF.has(thrown.code) && disk.spent();
  return suspect ? new JobError('disk_full', thrown.detail, {}, { cause: thrown }) : thrown;
}

/** It was taken to be served from the cache and has no place for a download. */
const putBack = ({ store }: FlyParts, job: JobRow) =>
  store.jobs.requeue(job, { notBefore: 0, burn: false });

/** False when the job went back into the queue. */
async function deliverOrAsk(parts: FlyParts, job: JobRow, flight: Flight): Promise<boolean> {
  const asks = job.choice === ASK;
  try {
    if (asks || !(await fromCache(parts, job, flight))) {
      if (!flight.mayFetch) {
        await putBack(parts, job);
        return false;
      }
      if (asks && (await openMenu(parts, job, flight))) return true;
      await fromSite(parts, job, flight);
    }
  } catch (thrown) {
    if (!(thrown instanceof ListFound)) throw thrown;
    parts.sites.succeeded(job);
    await parts.askList(job, thrown);
    return true;
  }
  await parts.board.delivered(job);
  await parts.onDelivered(job);
  return true;
}

async function fromCache(
  parts: FlyParts,
  job: JobRow,
  { signal, landed, pause }: Flight,
): Promise<boolean> {
  const cached = await parts.store.files.find(job.fileKey, parts.now());
  if (!cached) return false;
  // The link is not looked at, but its person's history names what came.
  await parts.store.jobs.stage(job, 'uploading', { title: cached.title });
  landed();
  return deliverCached(parts, { job, signal, onProgress: () => {}, onWait: pause }, cached);
}

const ASK = formatChoice({ kind: 'ask' });

/** False when there is nothing to choose: the post holds pictures, and they are simply sent. */
async function openMenu(
  parts: FlyParts,
  job: JobRow,
  { signal, landed }: Flight,
): Promise<boolean> {
  const dir = await parts.folders.make(job);
  try {
    const info = await lookAt(parts, { job, dir, signal, watch: watchFor(parts, job) });
    landed();
    await parts.ask(job, info, signal);
    return true;
  } catch (refused) {
    if (!mayBePictures(parts.gallery, job, refused)) throw refused;
    return false;
  } finally {
    await parts.folders.remove(dir);
  }
}

async function fromSite(parts: FlyParts, job: JobRow, flight: Flight): Promise<void> {
  const dir = await parts.folders.make(job);
  try {
    const fetch = { job, dir, signal: flight.signal, watch: watchFor(parts, job) };
    const fetched = await fetchMedia(parts, fetch).catch((refused) =>
      fetchPictures(parts, fetch, refused),
    );
    parts.sites.succeeded(job);
    parts.disk.release(job.id);
    flight.landed();
    const files = await prepareAll(parts, job, dir, fetched, flight.signal);
    await upload(parts, job, files, fetched, flight);
  } catch (thrown) {
    // Before the folder goes and makes room again.
    throw underFullDisk(parts, thrown);
  } finally {
    await parts.folders.remove(dir);
  }
}

/** What the person sees while the job runs; the row follows for everyone else. */
function watchFor({ store, board, disk, log }: FlyParts, job: JobRow): FetchWatch {
  let downloading = false;
  // Only told to others: a download goes on when its row cannot be written, on a full disk say.
  const noteDownload = () =>
    store.jobs
      .stage(job, 'downloading')
      .catch((err) => log.warn({ job: job.id, err }, 'the stage of a job was not written'));
  return {
    extracting: () => board.show(job, (texts) => texts.status.extracting),
    sized: (bytes) => disk.reserve(job.id, bytes),
    async probed(info) {
      await store.jobs.stage(job, 'extracting', { title: info.title });
    },
    downloading(progress) {
      if (!downloading) void noteDownload();
      downloading = true;
      board.show(job, (texts) => texts.status.downloading(progress));
    },
    converting: (why) => board.show(job, (texts) => texts.status.converting({ why })),
  };
}

async function prepareAll(
  parts: FlyParts,
  job: JobRow,
  dir: string,
  { info, plan, files }: Fetched,
  signal: AbortSignal,
): Promise<MediaFile[]> {
  await parts.store.jobs.stage(job, 'converting');
  const { gates } = parts;
  const turns: Turns = {
    look: (work) => gates.look.add(work),
    convert: (work) => gates.convert.add(work),
  };
  const ready: MediaFile[] = [];
  for (const path of files) {
    const onReencode = () =>
      parts.board.show(job, (texts) => texts.status.converting({ why: 'reencode' }));
    const durationS = files.length === 1 ? expectedDuration(job, info) : undefined;
    const own = files.length === 1 ? dir : await folderOf(path, dir);
    const one = { path, dir: own, info, plan, signal };
    const whole = await parts.prepare({ ...one, durationS, onReencode, turns }).catch((error) => {
      throw clipFault(error, job, info);
    });
    ready.push(...(await turns.look(() => cutToParts(parts, job, one, whole))));
  }
  refuseLarger(ready, parts.maxFileBytes);
  return ready;
}

/** What is made for one file of several must not overwrite what was made for another. */
async function folderOf(path: string, dir: string): Promise<string> {
  const own = join(dir, 'made', basename(path));
  await mkdir(own, { recursive: true });
  return own;
}

/** A video above the limit that was asked for in parts; anything else stays one file. */
async function cutToParts(
  { prepare, split, board, maxFileBytes }: FlyParts,
  job: JobRow,
  one: PrepareJob,
  whole: MediaFile,
): Promise<MediaFile[]> {
  if (!inParts(job) || whole.kind !== 'video' || whole.bytes <= maxFileBytes) return [whole];
  board.show(job, (texts) => texts.status.converting({ why: 'cut' }));
  const { dir, signal } = one;
  const pieces = await split({ path: whole.path, dir, limitBytes: maxFileBytes, signal });
  const files: MediaFile[] = [];
  for (const path of pieces) {
    files.push(await prepare({ ...one, path, dir: await folderOf(path, dir) }));
  }
  return files;
}

/** Seconds the file should last: a shorter one was cut off on the way. */
function expectedDuration(job: JobRow, { duration }: Fetched['info']): number | undefined {
  const clip = clipOf(job);
  if (!clip) return duration;
  const end = Math.min(clip.end ?? Number.POSITIVE_INFINITY, duration ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(end) ? end - clip.start : undefined;
}

/** An estimate can be wrong and a conversion can grow a file: nothing is sent to be refused. */
function refuseLarger(files: MediaFile[], limit: number): void {
  const largest = Math.max(...files.map((file) => file.bytes));
  if (largest > limit)
    throw new JobError('too_large', 'after the download', { size: largest, limit });
}

async function upload(
  parts: FlyParts,
  job: JobRow,
  files: MediaFile[],
  fetched: Fetched,
  { signal, pause }: Flight,
): Promise<void> {
  const said = saidOf(job, fetched, files);
  await parts.store.jobs.stage(job, 'uploading', { bytes: said.bytes, title: said.title });
  await parts.gates.upload.add(() => {
    signal.throwIfAborted();
    const onProgress = (percent: number) =>
      parts.board.show(job, (texts) => texts.status.uploading({ percent }));
    const done = parts.showUpload(chatOf(job), files[0]?.kind ?? 'document');
    const delivery = { job, signal, onProgress, onWait: pause };
    return deliverFiles(parts, delivery, files, said).finally(done);
  });
}
