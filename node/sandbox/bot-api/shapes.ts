/** The Telegram objects the emulator keeps, with the fields of `@grammyjs/types` it can fill. */

export interface User {
  id: number;
  is_bot: boolean;
  first_name: string;
  last_name?: string;
  username?: string;
  language_code?: string;
}

export interface Chat {
  id: number;
  type: 'private' | 'group' | 'supergroup' | 'channel';
  title?: string;
  first_name?: string;
  last_name?: string;
  username?: string;
  is_forum?: true;
}

export interface Entity {
  type: string;
  /** In UTF-16 code units, as JavaScript counts. */
  offset: number;
  length: number;
  url?: string;
  language?: string;
}

export interface Button {
  text: string;
  callback_data?: string | undefined;
  url?: string | undefined;
  [other: string]: unknown;
}

export interface Keyboard {
  inline_keyboard: Button[][];
}

export interface FileObject {
  file_id: string;
  file_unique_id: string;
  file_size?: number;
  file_name?: string;
  mime_type?: string;
  width?: number;
  height?: number;
  /** Seconds. */
  duration?: number;
  title?: string;
  performer?: string;
  thumbnail?: FileObject;
  cover?: FileObject[];
  start_timestamp?: number;
}

export type MediaKind = 'video' | 'audio' | 'photo' | 'document' | 'animation';
export const MEDIA_KINDS: readonly MediaKind[] = [
  'video',
  'audio',
  'photo',
  'animation',
  'document',
];

export interface Message {
  message_id: number;
  message_thread_id?: number;
  is_topic_message?: true;
  from?: User;
  chat: Chat;
  /** Seconds since the epoch. */
  date: number;
  edit_date?: number;
  business_connection_id?: string;
  forward_origin?: { type: 'user'; sender_user: User; date: number };
  reply_to_message?: Message;
  quote?: { text: string; position: number; is_manual: true };
  via_bot?: User;
  media_group_id?: string;
  text?: string;
  entities?: Entity[];
  link_preview_options?: unknown;
  video?: FileObject;
  audio?: FileObject;
  photo?: FileObject[];
  document?: FileObject;
  animation?: FileObject;
  caption?: string;
  caption_entities?: Entity[];
  show_caption_above_media?: true;
  has_media_spoiler?: true;
  reply_markup?: Keyboard;
}

export interface Reaction {
  type: string;
  emoji?: string | undefined;
}

export type MemberStatus =
  | 'creator'
  | 'administrator'
  | 'member'
  | 'restricted'
  | 'left'
  | 'kicked';

export interface CallbackQuery {
  id: string;
  from: User;
  message?: Message;
  inline_message_id?: string;
  chat_instance: string;
  data: string;
}

export interface Update {
  update_id: number;
  [kind: string]: unknown;
}
