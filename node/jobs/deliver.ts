/**
 * Sends a job's files and writes down each step around the call, because the Bot API knows no
 * idempotency key: `sending` before it begins, a mark when the last byte leaves, the file ids
 * when the answer is there. A crash in between is then either harmless or known to be uncertain.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseChoice } from '../../shared/choice.ts';
import { JobError } from '../../shared/errors.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { deliveryKeyboard } from '../chat/keyboards.ts';
import { languageName } from '../formats/language-name.ts';
import type { Log } from '../log.ts';
import type { MediaFile, SentFile } from '../media/media.ts';
import { type CachedDelivery, SentFiles } from '../store/files.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { deliveryError, telegramFault } from '../telegram/errors.ts';
import type { MediaTarget, SendMedia } from '../telegram/send-media.ts';
import { inParts } from './byte-limit.ts';
import { chatOf } from './chat-of.ts';
import { clipOf } from './fetch.ts';
import type { Said } from './said.ts';

export interface DeliverParts {
  send: SendMedia;
  store: Pick<Store, 'jobs' | 'files' | 'users' | 'state'>;
  log: Log;
  now(): number;
  /** Rejects when the signal fires. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface Delivery {
  job: JobRow;
  signal: AbortSignal;
  onProgress(percent: number): void;
  /** Telegram told the upload to wait for so many ms. */
  onWait(ms: number): void;
}

/**
 * The files arrived and that could not be written down (a full disk) before the run was stopped:
 * sending again would show them twice, so nothing is decided until the database takes writes.
 */
export class Unrecorded extends Error {
  override readonly name = 'Unrecorded';
}

/** Uploads local files and keeps their file ids for everyone who asks for the same. */
export async function deliverFiles(
  parts: DeliverParts,
  delivery: Delivery,
  files: MediaFile[],
  said: Said,
): Promise<void> {
  const { job } = delivery;
  const { sent, messages, arrived } = await sendAndMark(parts, delivery, files, said);
  const now = parts.now();
  const done = { state: 'done' as const, now, sentMessageId: messages[0] };
  await record(parts, delivery, () => parts.store.jobs.end(job, done));
  const before = await sentBefore(parts, job, arrived);
  // Sent by a version that did not write them down.
  if (before.length < arrived) return;
  await keep(parts, job, { ...said, files: [...before, ...sent] }).catch((err) => {
    parts.log.warn({ job: job.id, err }, 'the file ids could not be kept');
  });
}

async function keep({ store, now }: DeliverParts, job: JobRow, kept: CachedDelivery) {
  await store.files.keep(job.fileKey, job.site, kept, now());
  if (kept.files.length <= 1) return;
  await store.state.remove(ALBUM, `${job.id}`);
  // Of jobs that ended otherwise.
  await store.state.forgetBefore(ALBUM, now() - FORGET_ALBUM_MS);
}

/** Where the file ids of a delivery in several albums stand until the last has arrived. */
const ALBUM = 'album';
const FORGET_ALBUM_MS = 7 * 86_400_000;

/** The files an earlier attempt sent, as many as are known of `arrived`. */
async function sentBefore(
  { store }: Pick<DeliverParts, 'store'>,
  { id }: JobRow,
  arrived: number,
): Promise<SentFile[]> {
  if (arrived === 0) return [];
  return (await store.state.get(ALBUM, `${id}`, SentFiles))?.slice(0, arrived) ?? [];
}

const RECORD_AGAIN_MS = 1_000;

/** It has arrived, and only this run knows that: it does not end before that is written. */
async function record(
  { sleep = pause, log }: DeliverParts,
  { job, signal }: Delivery,
  write: () => Promise<unknown>,
): Promise<void> {
  for (;;) {
    try {
      await write();
      return;
    } catch (cause) {
      log.warn({ job: job.id, err: cause }, 'a delivery could not be written down yet');
      await sleep(RECORD_AGAIN_MS, signal).catch(() => {
        throw new Unrecorded('delivered, but not written down', { cause });
      });
    }
  }
}

const pause = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal });

/**
 * Sends what Telegram already holds. False when it no longer does: the entry is dropped and the
 * job has to fetch after all.
 */
export async function deliverCached(
  parts: DeliverParts,
  delivery: Delivery,
  cached: CachedDelivery,
): Promise<boolean> {
  const { job } = delivery;
  try {
    const { messages } = await sendAndMark(parts, delivery, cached.files, cached);
    const ending = { state: 'done' as const, now: parts.now(), fromCache: true };
    const done = { ...ending, sentMessageId: messages[0] };
    await record(parts, delivery, () => parts.store.jobs.end(job, done));
    return true;
  } catch (error) {
    if (telegramFault(error).kind !== 'bad_file_id') throw error;
    await parts.store.jobs.notSent(job);
    await parts.store.files.drop(job.fileKey);
    return false;
  }
}

/** See `lostJob` in settle.ts: nothing is said about it here. */
const leaseLost = () => new JobError('internal', 'the lease was lost');

async function sendAndMark(
  parts: DeliverParts,
  delivery: Delivery,
  files: (MediaFile | SentFile)[],
  said: Said,
) {
  const { send, store, now, log } = parts;
  const { job, signal, onProgress, onWait } = delivery;
  if (!(await store.jobs.beginSending(job))) throw leaseLost();
  const user = await store.users.find(job.userId);
  const arrived = (await store.jobs.find(job.id))?.sentCount ?? 0;
  const rest = files.slice(arrived);
  const result = await send(rest, {
    chat: chatOf(job),
    replyTo: job.replyTo ?? undefined,
    ...captions(job, said, files, { arrived, wanted: user?.captions !== 0 }),
    keyboard: deliveryKeyboard(job, said),
    signal,
    onProgress: (sent, total) => onProgress(total > 0 ? (sent / total) * 100 : 0),
    async onLastByte() {
      // The last moment: another node may deliver it by now, and nobody sees an upload cut short.
      if (!(await store.jobs.lastByteSent(job))) throw leaseLost();
    },
    onPutBack: (seconds) => {
      onWait(seconds * 1000);
      store.jobs.beginSending(job).catch(() => {
        // The old mark stays: after a crash the person is asked, as when bytes had left.
      });
    },
    async onSent(sent) {
      await record(parts, delivery, () => store.jobs.sent(job, arrived + sent.length));
      const all = [...(await sentBefore(parts, job, arrived)), ...sent];
      await store.state.set(ALBUM, `${job.id}`, all, now()).catch((err) => {
        log.warn({ job: job.id, err }, 'the file ids could not be kept');
      });
    },
  });
  return { ...result, arrived };
}

/** Parts of one video say which they are even to those who want no captions: order matters. */
function captions(
  job: JobRow,
  said: Said,
  files: (MediaFile | SentFile)[],
  { arrived, wanted }: { arrived: number; wanted: boolean },
): Pick<MediaTarget, 'caption' | 'apart'> {
  if (inParts(job) && files.length > 1) {
    const apart = (at: number) => {
      const n = arrived + at + 1;
      const bytes = files[n - 1]?.bytes ?? 0;
      return captionOf(job, { ...said, bytes }, { n, of: files.length });
    };
    return { apart };
  }
  return wanted && arrived === 0 ? { caption: captionOf(job, said) } : {};
}

function captionOf(job: JobRow, said: Said, part?: { n: number; of: number }): string {
  const { title, height, bytes, why } = said;
  const subtitles = subtitlesOf(job);
  const clip = clipOf(job);
  return textsFor(job.lang).caption({ title, height, bytes, why, clip, part, subtitles });
}

/** Every language comes with the same title: only this tells the files apart. */
function subtitlesOf(job: JobRow): string | undefined {
  const choice = parseChoice(job.choice);
  return choice?.kind === 'subtitles' ? languageName(choice.language, job.lang) : undefined;
}

/** A failed send as a job error; `uncertain` must never be sent again by itself. */
export const sendError = (error: unknown): unknown =>
  error instanceof JobError ? error : isTelegrams(error) ? deliveryError(error) : error;

const isTelegrams = (error: unknown) =>
  error instanceof Error && (error.name === 'GrammyError' || error.name === 'HttpError');
