/** Sends finished files, or files Telegram already holds, to a chat. */
import type { Api } from 'grammy';
import type {
  InlineKeyboardMarkup,
  InputMediaAudio,
  InputMediaDocument,
  InputMediaPhoto,
  InputMediaVideo,
} from 'grammy/types';
import type { ChatRef } from '../../shared/wire.ts';
import type { MediaFile, SentFile } from '../media/media.ts';
import { albums } from './albums.ts';
import { LocalFile } from './multipart.ts';
import { type SendContext, sendWith } from './send-context.ts';
import { type SentMessage, sentMessage } from './sent-file.ts';

export interface MediaTarget extends Omit<SendContext, 'priority' | 'onProgress'> {
  chat: ChatRef;
  /** The message it answers; if that is gone by then, the media is sent all the same. */
  replyTo?: number | undefined;
  /** Plain text, at most 1024 characters; under the first file only. */
  caption?: string | undefined;
  /** Rows of buttons under a single file; an album cannot carry them, see `buttonsLeft`. */
  keyboard?: InlineKeyboardMarkup['inline_keyboard'] | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes sent of all files together, form overhead included. */
  onProgress?: ((sent: number, total: number) => void) | undefined;
  /** Each file goes alone and says this under it: the parts of one long video. */
  apart?: ((at: number) => string | undefined) | undefined;
  /** These files have arrived and more follow: where another attempt goes on. */
  onSent?: ((files: SentFile[]) => Promise<void>) | undefined;
}

export interface MediaSent {
  messages: number[];
  /** In the order of the files given. */
  sent: SentFile[];
  /** True when `keyboard` could not be attached, because everything went out as albums. */
  buttonsLeft: boolean;
}

type Sendable = MediaFile | SentFile;
/** grammY types signals after a polyfill of its own. */
type Signal = Parameters<Api['getMe']>[0];

/** The port jobs deliver through. */
export type SendMedia = (files: readonly Sendable[], target: MediaTarget) => Promise<MediaSent>;

export const createSendMedia =
  (api: Api): SendMedia =>
  (files, target) =>
    sendMedia(api, target, files);

/** @throws GrammyError, HttpError: see `telegramFault`; what was sent before stays sent */
export async function sendMedia(
  api: Api,
  target: MediaTarget,
  files: readonly Sendable[],
): Promise<MediaSent> {
  const groups = target.apart ? files.map((file) => [file]) : albums(files);
  const done: SentMessage[] = [];
  let buttonsLeft = (target.keyboard?.length ?? 0) > 0;
  const total = bytesOf(files);
  for (const [at, group] of groups.entries()) {
    const last = at === groups.length - 1;
    const before = bytesOf(files.slice(0, done.length));
    const context: SendContext = {
      priority: 'final',
      onLastByte: target.onLastByte,
      onPutBack: target.onPutBack,
      onProgress: (sent, all) => target.onProgress?.(before + sent, Math.max(total, before + all)),
    };
    const one: MediaTarget = {
      ...target,
      caption: target.apart ? target.apart(at) : at === 0 ? target.caption : undefined,
      keyboard: last && group.length === 1 ? target.keyboard : undefined,
    };
    if (one.keyboard) buttonsLeft = false;
    done.push(...(await sendWith(context, () => sendGroup(api, one, group))));
    if (!last) await target.onSent?.(done.map(({ file }) => file));
  }
  const messages = done.map(({ messageId }) => messageId);
  return { messages, sent: done.map(({ file }) => file), buttonsLeft };
}

const bytesOf = (files: readonly Sendable[]) => files.reduce((sum, { bytes }) => sum + bytes, 0);

async function sendGroup(api: Api, target: MediaTarget, group: Sendable[]): Promise<SentMessage[]> {
  const [first] = group;
  if (!first) return [];
  if (group.length === 1) return [sentMessage(await sendOne(api, target, first), known(first))];
  const media = group.map((file, at) => inputMedia(file, at === 0 ? target.caption : undefined));
  const signal = target.signal as Signal;
  const messages = await api.sendMediaGroup(target.chat.id, media as Album, where(target), signal);
  return group.map((file, at) => sentMessage(messages[at], known(file)));
}

function known(file: Sendable) {
  const { kind, bytes, fileName, title, performer, width, height, duration } = file;
  return { kind, bytes, fileName, title, performer, width, height, duration };
}

/** The chat's topic, business connection and the message replied to. */
function where({ chat, replyTo }: MediaTarget) {
  return {
    ...(chat.threadId !== undefined && { message_thread_id: chat.threadId }),
    ...(chat.businessConnectionId && { business_connection_id: chat.businessConnectionId }),
    ...(replyTo !== undefined && {
      reply_parameters: { message_id: replyTo, allow_sending_without_reply: true },
    }),
  };
}

/** No parse mode: a title made of markup stays what it is. */
const captioned = (caption: string | undefined) => (caption ? { caption } : {});

const content = (file: Sendable) =>
  'fileId' in file ? file.fileId : new LocalFile(file.path, file.fileName);

/** A thumbnail can only come with new bytes. */
const thumbnail = (file: Sendable) =>
  'thumbnail' in file && file.thumbnail ? { thumbnail: new LocalFile(file.thumbnail) } : {};

function size({ width, height, duration }: Sendable) {
  return { ...defined({ width, height }), ...seconds(duration) };
}

const seconds = (duration: number | undefined) =>
  duration === undefined ? {} : { duration: Math.round(duration) };

/** The fields that have a value: Telegram takes absent for unknown. */
function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

const music = ({ title, performer, duration }: Sendable) => ({
  ...defined({ title, performer }),
  ...seconds(duration),
});

function sendOne(api: Api, target: MediaTarget, file: Sendable): Promise<unknown> {
  const { chat, caption, keyboard } = target;
  const signal = target.signal as Signal;
  const markup = keyboard?.length ? { reply_markup: { inline_keyboard: keyboard } } : {};
  const options = { ...where(target), ...captioned(caption), ...markup };
  const shown = { ...options, ...thumbnail(file) };
  const what = content(file);
  switch (file.kind) {
    case 'video': {
      const video = { ...shown, ...size(file), supports_streaming: true };
      return api.sendVideo(chat.id, what, video, signal);
    }
    case 'audio':
      return api.sendAudio(chat.id, what, { ...shown, ...music(file) }, signal);
    case 'photo':
      return api.sendPhoto(chat.id, what, options, signal);
    case 'animation':
      return api.sendAnimation(chat.id, what, { ...shown, ...size(file) }, signal);
    case 'document':
      return api.sendDocument(chat.id, what, shown, signal);
  }
}

type AlbumMedia = InputMediaAudio | InputMediaDocument | InputMediaPhoto | InputMediaVideo;
type Album = Parameters<Api['sendMediaGroup']>[1];
type Uploadable = Album[number];

function inputMedia(file: Sendable, caption: string | undefined): Uploadable {
  const shown = { media: content(file), ...captioned(caption), ...thumbnail(file) };
  return { type: file.kind as AlbumMedia['type'], ...shown, ...about(file) } as Uploadable;
}

function about(file: Sendable): object {
  if (file.kind === 'video') return { ...size(file), supports_streaming: true };
  return file.kind === 'audio' ? music(file) : {};
}
