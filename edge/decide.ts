/**
 * What an update asks for, decided from the update alone: nothing is looked up, so the same
 * update always becomes the same job, however often Telegram sends it.
 */
import * as v from 'valibot';
import { findLinks } from '../shared/links.ts';
import type {
  CallbackQuery,
  Chat,
  InlineQuery,
  MyChatMember,
  Update,
  User,
} from '../shared/update.ts';
import { type Ask, type ChatRef, JobRequest, type UserRef } from '../shared/wire.ts';
import { type AskOptions, askOf } from './ask.ts';
import { cut } from './cut.ts';

/**
 * `charged`: the update counts against the rate limits. Messages that ask for something do.
 * Not charged are buttons (a cancel has to get through, and whatever else a button starts
 * follows a message that was charged), inline queries (typing one word makes several), `/start`
 * and `/cancel`, and being added to or removed from a chat. The node bounds what those can cost.
 */
export type Decision =
  | { kind: 'ignore'; why: string }
  | { kind: 'job'; request: JobRequest; charged: boolean };

export interface DecideOptions {
  /** When the update was taken, ms since the epoch. */
  now: number;
  /** The bot's own username without `@`, where it is known. */
  botName?: string | undefined;
  findLinks?: AskOptions['findLinks'];
}

type Draft = { chat: ChatRef; user: UserRef; messageId?: number; ask: Ask };

const FREE_COMMANDS = new Set(['start', 'cancel']);

const ignore = (why: string): Decision => ({ kind: 'ignore', why });

/** Ignores what is not for the bot, and what would make a job the node could not accept. */
export function decide(update: Update, options: DecideOptions): Decision {
  const draft = draftOf(update, { findLinks, ...options });
  if (typeof draft === 'string') return ignore(draft);
  const job = { v: 1, updateId: update.update_id, receivedAt: options.now, ...draft };
  const parsed = v.safeParse(JobRequest, job, { abortEarly: true });
  // The node would refuse it each time, and Telegram would hold up the chat behind it for a day.
  if (!parsed.success) return ignore(`not a job: ${v.getDotPath(parsed.issues[0]) ?? 'shape'}`);
  return { kind: 'job', request: parsed.output, charged: isCharged(draft.ask) };
}

function isCharged(ask: Ask): boolean {
  if (ask.kind === 'command') return !FREE_COMMANDS.has(ask.name);
  return ask.kind === 'download' || ask.kind === 'text' || ask.kind === 'document';
}

function draftOf(update: Update, options: AskOptions): Draft | string {
  const message = update.message ?? update.business_message;
  if (message) return fromMessage(message, options);
  if (update.callback_query) return fromButton(update.callback_query);
  if (update.inline_query) return fromInline(update.inline_query);
  if (update.my_chat_member) return fromMember(update.my_chat_member);
  return 'a kind of update that is not used';
}

function fromMessage(message: NonNullable<Update['message']>, options: AskOptions): Draft | string {
  if (message.chat.type === 'channel') return 'a post of a channel';
  if (message.is_automatic_forward) return 'a post copied from the linked channel';
  // Answering another bot, or what went out in a business account's name, could go on forever.
  if (message.sender_business_bot) return 'sent by a bot';
  const user = senderOf(message);
  if (typeof user === 'string') return user;
  const ask = askOf(message, options);
  if (typeof ask === 'string') return ask;
  return { chat: chatRef(message.chat, message), user, messageId: message.message_id, ask };
}

/**
 * An anonymous admin speaks as the group: Telegram names the same stand-in bot as the sender in
 * every group, and one limit for all of those would let one group silence the others.
 */
function senderOf({ from, sender_chat: as }: NonNullable<Update['message']>): UserRef | string {
  if (as) return { id: as.id, ...named(as.title), ...usernamed(as.username) };
  if (!from) return 'no sender';
  return from.is_bot ? 'sent by a bot' : userRef(from);
}

function fromButton({ id, from, message, data }: CallbackQuery): Draft | string {
  if (data === undefined) return 'a button without data';
  const ask: Ask = { kind: 'button', queryId: id, data };
  if (!message) return { chat: privateChat(from), user: userRef(from), ask };
  const under = { ...ask, messageId: message.message_id };
  return { chat: chatRef(message.chat, message), user: userRef(from), ask: under };
}

const fromInline = ({ id, from, query }: InlineQuery): Draft => ({
  chat: privateChat(from),
  user: userRef(from),
  ask: { kind: 'inline', queryId: id, query: cut(query, 256) },
});

const STATUSES = ['member', 'administrator', 'restricted', 'left', 'kicked'] as const;

function fromMember({ chat, from, new_chat_member: { status } }: MyChatMember): Draft | string {
  const known = STATUSES.find((one) => one === status);
  if (!known) return 'a membership that is not used';
  return { chat: chatRef(chat), user: userRef(from), ask: { kind: 'member', status: known } };
}

/** Inline queries and buttons under inline results name no chat; the user's own stands in. */
const privateChat = ({ id }: User): ChatRef => ({ id, type: 'private' });

interface Place {
  is_topic_message?: boolean | undefined;
  message_thread_id?: number | undefined;
  business_connection_id?: string | undefined;
}

function chatRef(chat: Chat, place: Place = {}): ChatRef {
  const { message_thread_id: threadId, business_connection_id: connection } = place;
  return {
    id: chat.id,
    type: chat.type,
    ...(chat.title === undefined ? {} : { title: cut(chat.title, 256) }),
    ...(place.is_topic_message && threadId !== undefined ? { threadId } : {}),
    ...(connection === undefined ? {} : { businessConnectionId: connection }),
  };
}

const userRef = (user: User): UserRef => ({
  id: user.id,
  ...named([user.first_name, user.last_name].filter(Boolean).join(' ')),
  ...usernamed(user.username),
  ...(user.language_code === undefined ? {} : { languageCode: cut(user.language_code, 35) }),
});

const named = (name = '') => (name === '' ? {} : { name: cut(name, 256) });
const usernamed = (username = '') => (username === '' ? {} : { username: cut(username, 64) });
