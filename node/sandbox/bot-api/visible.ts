/** A chat as a person sees it: one plain record per bubble, for assertions. */
import type { Files } from './files.ts';
import { MEDIA_KINDS, type MediaKind, type Message } from './shapes.ts';

export interface VisibleMessage {
  id: number;
  from: number;
  bot: boolean;
  kind: 'text' | MediaKind;
  /** The text, or the caption under a file. */
  text: string;
  /** Labels of the buttons, row by row. */
  buttons: string[][];
  replyTo?: number;
  threadId?: number;
  albumId?: string;
  fileId?: string;
  sha256?: string;
  bytes?: number;
  edited: boolean;
}

export function visibleMessage(message: Message, files: Files): VisibleMessage {
  const kind = MEDIA_KINDS.find((k) => message[k]);
  const media = kind === 'photo' ? message.photo?.at(-1) : kind && message[kind];
  const file = media && files.find(media.file_id);
  return {
    id: message.message_id,
    from: message.from?.id ?? 0,
    bot: message.from?.is_bot ?? false,
    kind: kind ?? 'text',
    text: message.text ?? message.caption ?? '',
    buttons: message.reply_markup?.inline_keyboard.map((row) => row.map((b) => b.text)) ?? [],
    edited: message.edit_date !== undefined,
    ...(message.reply_to_message && { replyTo: message.reply_to_message.message_id }),
    ...(message.message_thread_id && { threadId: message.message_thread_id }),
    ...(message.media_group_id && { albumId: message.media_group_id }),
    ...(file && { fileId: file.object.file_id, sha256: file.sha256, bytes: file.bytes }),
  };
}
