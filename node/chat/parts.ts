/** What every chat handler works with. */
import type { Api } from 'grammy';
import type { Lang, Texts } from '../../shared/texts/index.ts';
import { langOf, textsFor } from '../../shared/texts/index.ts';
import type { ChatRef, JobRequest } from '../../shared/wire.ts';
import type { Membership } from '../channels/membership.ts';
import type { SharedBoards } from '../cluster/boards.ts';
import type { Stops } from '../cluster/remote-stop.ts';
import type { ProbeMemory } from '../engine/probe-memory.ts';
import type { Runner } from '../jobs/runner.ts';
import type { WaitingLine } from '../jobs/waiting-line.ts';
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import type { Keyboard } from '../status/card.ts';
import type { ChatRow, UserRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { type Priority, sendWith } from '../telegram/send-context.ts';

export interface ChatParts {
  api: Api;
  store: Store;
  board: Board;
  runner: Runner;
  /** Jobs and status messages of whichever node has them. */
  stops: Stops;
  boards: SharedBoards;
  /** Until when a site's jobs wait, ms since the epoch; undefined when they do not. */
  pausedUntil(site: string): number | undefined;
  /** The disk is full: what is taken now waits. */
  noRoom(): boolean;
  isAdmin(userId: number): boolean;
  admin: AdminDesk;
  membership: Membership;
  /** Does what a person wanted before they had joined. */
  takeUp(request: JobRequest): Promise<void>;
  /** New jobs wait, because the bot is being looked after. */
  held(): boolean;
  line: WaitingLine;
  maxFileBytes: number;
  /** What links were found to hold not long ago. */
  memory: ProbeMemory;
  botName(): string | undefined;
  log: Log;
  now(): number;
}

/** One request with the person behind it. */
export interface Talk {
  request: JobRequest;
  user: UserRow;
  /** The group it is about; absent in a private chat. */
  chat?: ChatRow | undefined;
  lang: Lang;
  texts: Texts;
}

/** Answers a command everyone may use. */
export type Command = (parts: ChatParts, talk: Talk, args: string) => Promise<void>;

/** The language a person chose, else Telegram's. */
export function languageOf(user: Pick<UserRow, 'lang'> | undefined, request: JobRequest): Lang {
  return user?.lang ?? langOf(request.user.languageCode);
}

export async function talkOf(parts: ChatParts, request: JobRequest): Promise<Talk> {
  const user = await parts.store.users.seen(request.user, parts.now());
  const { type } = request.chat;
  const chat =
    type === 'private' ? undefined : await parts.store.users.chat(request.chat, parts.now());
  // A group speaks one language, whoever asks.
  const lang = chat?.lang ?? languageOf(user, request);
  return { request, user, chat, lang, texts: textsFor(lang) };
}

/** Topic and business connection of a chat, as Bot API parameters. */
export const inChat = (chat: ChatRef) => ({
  ...(chat.threadId !== undefined && { message_thread_id: chat.threadId }),
  ...(chat.businessConnectionId !== undefined && {
    business_connection_id: chat.businessConnectionId,
  }),
});

/** Answers a message with a text and, if given, buttons. */
export async function reply(
  { api }: Pick<ChatParts, 'api'>,
  { chat, messageId }: JobRequest,
  text: string,
  keyboard?: Keyboard,
  priority: Priority = 'answer',
): Promise<number> {
  const message = await sendWith({ priority }, () =>
    api.sendMessage(chat.id, text, {
      ...inChat(chat),
      ...(messageId !== undefined && {
        reply_parameters: { message_id: messageId, allow_sending_without_reply: true },
      }),
      ...(keyboard && { reply_markup: { inline_keyboard: keyboard } }),
      link_preview_options: { is_disabled: true },
    }),
  );
  return message.message_id;
}

export type CommandAsk = Extract<JobRequest['ask'], { kind: 'command' }>;
export type DocumentAsk = Extract<JobRequest['ask'], { kind: 'document' }>;
export type Press = Extract<JobRequest['ask'], { kind: 'button' }>;
/** What the person who pressed reads. */
export type Toast = keyof Texts['toast'];

/** What the chat hands to the admins' part; it answers whether that was its business. */
export interface AdminDesk {
  command(talk: Talk, ask: CommandAsk): Promise<boolean>;
  press(talk: Talk, action: string, arg: string, press: Press): Promise<Toast | undefined>;
  document(talk: Talk, ask: DocumentAsk): Promise<boolean>;
}
