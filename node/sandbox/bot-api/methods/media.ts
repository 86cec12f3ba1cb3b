/** Messages with a file: a new upload, a known `file_id`, or a path on a local server. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { bad, tooLarge } from '../api-error.ts';
import type { StoredFile } from '../files.ts';
import { imageSize } from '../image-size.ts';
import { Params } from '../params.ts';
import { type FileObject, MEDIA_KINDS, type MediaKind, type Message } from '../shapes.ts';
import type { Upload } from '../upload.ts';
import type { Call, Context, Method, Methods } from './context.ts';
import { keyboardOf } from './keyboard.ts';
import { draft, messageToEdit, targetChat } from './target.ts';
import { captionBody, replaceMessage } from './text.ts';

const MB = 1024 * 1024;
/** core.telegram.org/bots/api#sending-files and #sendphoto */
const MAX_PHOTO_BYTES = 10 * MB;
const MAX_THUMBNAIL_BYTES = 200 * 1000;
const MAX_THUMBNAIL_SIDE = 320;

/** What a request says a file is: a file_id, `attach://name`, `file://path`, or the part itself. */
async function take(
  context: Context,
  params: Params,
  field: string,
  kind: MediaKind,
): Promise<StoredFile> {
  const value = params.text(field);
  const direct = params.uploads.get(field);
  if (direct) return addFile(context, params, kind, direct);
  if (!value) throw bad(`there is no ${kind} in the request`);
  const fresh = await freshUpload(context, params, value);
  if (fresh) return addFile(context, params, kind, fresh);
  return context.files.get(value, kind);
}

async function freshUpload(
  { local }: Context,
  params: Params,
  value: string,
): Promise<Upload | undefined> {
  if (value.startsWith('attach://')) {
    const part = params.uploads.get(value.slice('attach://'.length));
    if (!part) throw bad('wrong file identifier/HTTP URL specified');
    return part;
  }
  if (value.startsWith('file://') && local) return localUpload(value);
  if (/^https?:\/\//i.test(value)) throw bad('failed to get HTTP URL content');
  return undefined;
}

async function localUpload(url: string): Promise<Upload> {
  const path = fileURLToPath(url);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw bad(`invalid file HTTP URL specified: file "${path}" not found`);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const name = basename(path);
  return { path, bytes: found.size, sha256: hash.digest('hex'), name, tooLarge: false };
}

async function addFile(
  context: Context,
  params: Params,
  kind: MediaKind,
  upload: Upload,
): Promise<StoredFile> {
  if (upload.bytes === 0) throw bad('file must be non-empty');
  if (kind === 'photo') return context.files.add(kind, upload, await photoAbout(upload));
  const thumbnail = await thumbnailOf(context, params);
  const cover = kind === 'video' ? await coverOf(context, params) : undefined;
  return context.files.add(kind, upload, {
    ...fileAbout(params, kind, upload),
    ...(thumbnail && { thumbnail }),
    ...(cover && { cover: [cover] }),
  });
}

function fileAbout(params: Params, kind: MediaKind, upload: Upload): Partial<FileObject> {
  const named = upload.name ? { file_name: upload.name } : {};
  if (kind === 'document') return named;
  const duration = params.int('duration') ?? 0;
  if (kind === 'audio') {
    const title = params.text('title');
    const performer = params.text('performer');
    return { ...named, duration, ...(title && { title }), ...(performer && { performer }) };
  }
  const width = params.int('width') ?? 0;
  const height = params.int('height') ?? 0;
  return { ...named, duration, width, height };
}

async function photoAbout(upload: Upload): Promise<Partial<FileObject>> {
  if (upload.bytes > MAX_PHOTO_BYTES) throw tooLarge();
  const size = await imageSize(upload.path);
  if (!size) throw bad('IMAGE_PROCESS_FAILED');
  const { width, height } = size;
  const ratio = Math.max(width, height) / Math.max(1, Math.min(width, height));
  if (width + height > 10_000 || (width > 0 && ratio > 20)) throw bad('PHOTO_INVALID_DIMENSIONS');
  return { width, height };
}

/** Stricter than Telegram, which drops a bad thumbnail without a word: here it is an error. */
async function thumbnailOf(context: Context, params: Params): Promise<FileObject | undefined> {
  const upload = await partOf(context, params, 'thumbnail');
  if (!upload) return undefined;
  const size = await imageSize(upload.path);
  if (size?.type !== 'jpeg') throw bad('wrong thumbnail: it must be a JPEG');
  if (upload.bytes > MAX_THUMBNAIL_BYTES) throw bad('wrong thumbnail: it must be below 200 kB');
  const { width, height } = size;
  if (Math.max(width, height) > MAX_THUMBNAIL_SIDE) {
    throw bad(`wrong thumbnail: it must fit ${MAX_THUMBNAIL_SIDE}×${MAX_THUMBNAIL_SIDE}`);
  }
  return context.files.add('thumbnail', upload, { width, height }).object;
}

async function coverOf(context: Context, params: Params): Promise<FileObject | undefined> {
  const upload = await partOf(context, params, 'cover');
  if (upload) return context.files.add('photo', upload, await photoAbout(upload)).object;
  const id = params.text('cover');
  return id ? context.files.get(id, 'photo').object : undefined;
}

async function partOf(
  context: Context,
  params: Params,
  field: string,
): Promise<Upload | undefined> {
  const direct = params.uploads.get(field);
  const value = params.text(field);
  return direct ?? (value ? freshUpload(context, params, value) : undefined);
}

/** The part of a message that holds the file. */
function mediaBody(kind: MediaKind, file: StoredFile): Partial<Message> {
  if (kind === 'photo') return { photo: [file.object] };
  // Clients that know no animations find the same file as a document.
  if (kind === 'animation') return { animation: file.object, document: file.object };
  return { [kind]: file.object };
}

function flags(params: Params): Partial<Message> {
  return {
    ...(params.bool('has_spoiler') && { has_media_spoiler: true as const }),
    ...(params.bool('show_caption_above_media') && { show_caption_above_media: true as const }),
  };
}

const sendOne =
  (kind: MediaKind): Method =>
  async (context, { params }) => {
    const state = targetChat(context, params);
    const caption = captionBody(params);
    const keyboard = keyboardOf(params);
    const start = draft(context, params, state);
    const file = await take(context, params, kind, kind);
    return context.world.put({
      ...start,
      ...mediaBody(kind, file),
      ...caption,
      ...flags(params),
      ...(keyboard && { reply_markup: keyboard }),
    });
  };

const inputMedia = v.looseObject({ type: v.picklist(MEDIA_KINDS), media: v.string() });
const album = v.array(inputMedia);

/** One `InputMedia` read as if its fields were those of a call. */
const itemParams = (item: v.InferOutput<typeof inputMedia>, params: Params) =>
  new Params(item, params.uploads);

async function sendMediaGroup(context: Context, { params }: Call): Promise<Message[]> {
  const state = targetChat(context, params);
  const items = params.json('media', album) ?? [];
  checkAlbum(items.map((item) => item.type));
  const drafts: Message[] = [];
  const media_group_id = String(context.world.nextMessageId());
  for (const item of items) {
    const own = itemParams(item, params);
    const file = await take(context, own, 'media', item.type);
    drafts.push({
      ...draft(context, params, state),
      media_group_id,
      ...mediaBody(item.type, file),
      ...captionBody(own),
      ...flags(own),
    });
  }
  return drafts.map((message) => context.world.put(message));
}

/** 2–10 items; documents and audios only among themselves, animations not at all. */
function checkAlbum(kinds: readonly MediaKind[]): void {
  if (kinds.length < 2 || kinds.length > 10) {
    throw bad('wrong number of media in the album: expected 2 to 10');
  }
  if (kinds.includes('animation')) throw bad("media of type animation can't be used in an album");
  for (const alone of ['document', 'audio'] as const) {
    if (kinds.includes(alone) && kinds.some((kind) => kind !== alone)) {
      throw bad(`${alone} can't be mixed with other media types`);
    }
  }
}

async function editMessageMedia(context: Context, { params }: Call): Promise<Message | true> {
  const old = messageToEdit(context, params);
  const item = params.json('media', inputMedia);
  if (!item) throw bad('media is empty');
  if (params.text('inline_message_id') !== undefined && params.uploads.size > 0) {
    throw bad("inline messages can't be edited with a new file");
  }
  const own = itemParams(item, params);
  const file = await take(context, own, 'media', item.type);
  const next = {
    ...withoutContent(old),
    ...mediaBody(item.type, file),
    ...captionBody(own),
    ...flags(own),
  };
  return replaceMessage(context, old, next, keyboardOf(params));
}

function withoutContent(message: Message): Message {
  const { text: _, entities: __, caption: ___, caption_entities: ____, ...rest } = message;
  for (const kind of MEDIA_KINDS) delete rest[kind];
  delete rest.has_media_spoiler;
  delete rest.show_caption_above_media;
  return rest;
}

export const mediaMethods: Methods = {
  sendVideo: sendOne('video'),
  sendAudio: sendOne('audio'),
  sendPhoto: sendOne('photo'),
  sendDocument: sendOne('document'),
  sendAnimation: sendOne('animation'),
  sendMediaGroup,
  editMessageMedia,
};
