/** What the admins' commands work with. */
import type { AdminTexts } from '../../shared/texts/catalogue/admin.ts';
import type { Breakers } from '../breakers/breakers.ts';
import type { Broadcasts } from '../broadcast/broadcast.ts';
import {
  type ChatParts,
  type CommandAsk,
  inChat,
  type Press,
  reply,
  type Talk,
  type Toast,
} from '../chat/parts.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { CookieJars } from '../cookies/jars.ts';
import type { ProbeLinks } from '../cookies/probe.ts';
import type { Health } from '../health/check.ts';
import type { CleanupItem } from '../services/cleanup.ts';
import type { Settings } from '../settings/settings.ts';
import type { Keyboard } from '../status/card.ts';
import { telegramFault } from '../telegram/errors.ts';
import { sendWith } from '../telegram/send-context.ts';
import type { Records } from '../ytdlp-update/records.ts';
import type { Updater } from '../ytdlp-update/updater.ts';

export interface YtdlpDesk {
  updater: Updater;
  records: Pick<Records, 'links' | 'setLinks'>;
  /** The links a new one is tried on now. */
  links(): Promise<readonly string[]>;
}

export interface AdminParts
  extends Omit<ChatParts, 'admin' | 'membership' | 'takeUp' | 'held' | 'maxFileBytes'> {
  breakers: Pick<Breakers, 'list' | 'open' | 'close'>;
  health(): Promise<Health>;
  planCleanup(): Promise<CleanupItem[]>;
  /** How many downloads may run at once, on all nodes. */
  places(): number;
  settings: Settings;
  cluster: Pick<Cluster, 'shared' | 'nodes' | 'living' | 'setDraining'>;
  /** The largest upload Telegram takes here, MB. */
  largestMb: number;
  /** The rate limits are kept by an edge elsewhere. */
  remoteEdge: boolean;
  broadcasts: Broadcasts;
  jars: CookieJars;
  /** Where logins are tried. */
  probes: ProbeLinks;
  ytdlp: YtdlpDesk;
  /** Remembers the language to tell an admin things in. */
  speaks(userId: number, lang: Talk['lang']): Promise<void>;
  /** The bytes of a small file somebody sent. */
  fetchFile(fileId: string): Promise<Buffer>;
}

export type AdminCommand = (parts: AdminParts, talk: Talk, ask: CommandAsk) => Promise<void>;
export type AdminPress = (
  parts: AdminParts,
  talk: Talk,
  arg: string,
  press: Press,
) => Promise<Toast | undefined>;

/** The texts of an admin. */
export const wordsOf = (talk: Talk): AdminTexts => talk.texts.admin;

/** A text with its buttons; the same screen answers a command and replaces itself at a press. */
export interface Screen {
  text: string;
  keyboard?: Keyboard;
}

/** A button of the admins' part. Telegram allows 64 bytes; longer data is no button at all. */
export function button(text: string, action: string, arg = ''): Keyboard[number] {
  // A colon divides the data; a host with a port has one of its own.
  const data = `a:${action}${arg && `:${arg.replaceAll(':', '|')}`}`;
  return Buffer.byteLength(data) <= 64 ? [{ text, callback_data: data }] : [];
}

/** Buttons two by two. */
export function pairs(buttons: Keyboard[number]): Keyboard {
  const rows: Keyboard = [];
  for (let at = 0; at < buttons.length; at += 2) rows.push(buttons.slice(at, at + 2));
  return rows;
}

export const answer = (parts: AdminParts, talk: Talk, { text, keyboard }: Screen) =>
  reply(parts, talk.request, text, keyboard, 'admin');

/** Puts a screen in the place of the message whose button was pressed. */
export async function replace(
  { api }: Pick<AdminParts, 'api'>,
  { request }: Talk,
  { messageId }: Press,
  { text, keyboard = [] }: Screen,
): Promise<void> {
  if (messageId === undefined) return;
  const change = { ...inChat(request.chat), reply_markup: { inline_keyboard: keyboard } };
  await sendWith({ priority: 'admin' }, () =>
    api.editMessageText(request.chat.id, messageId, text, change),
  ).catch((error) => {
    if (telegramFault(error).kind !== 'not_modified') throw error;
  });
}
