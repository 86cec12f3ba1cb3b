/** The chats as Telegram holds them: people, memberships, messages; every change is an event. */
import { EventEmitter } from 'node:events';
import { bad, forbidden } from './api-error.ts';
import { GROUP, PERSONAS, TOPICS } from './personas.ts';
import type { CallbackQuery, Chat, MemberStatus, Message, Reaction, User } from './shapes.ts';

export interface ChatState {
  chat: Chat;
  /** In the order they were sent; deleted ones are gone. */
  messages: Map<number, Message>;
  reactions: Map<number, Reaction[]>;
  members: Map<number, MemberStatus>;
  topics: { id: number; name: string }[];
}

export interface CallbackAnswer {
  queryId: string;
  userId: number;
  text: string;
  alert: boolean;
  url?: string;
}

export interface InlineAnswer {
  queryId: string;
  userId: number;
  results: Record<string, unknown>[];
  button?: unknown;
}

export type Change =
  | { kind: 'message'; how: 'new' | 'edited'; chatId: number; message: Message }
  | { kind: 'deleted'; chatId: number; messageId: number }
  | { kind: 'action'; chatId: number; action: string; threadId?: number }
  | { kind: 'reaction'; chatId: number; messageId: number; reactions: Reaction[] }
  | { kind: 'answer'; answer: CallbackAnswer }
  | { kind: 'inline'; answer: InlineAnswer }
  | { kind: 'member'; chatId: number; userId: number; status: MemberStatus }
  | { kind: 'commands' };

export class World {
  readonly users = new Map<number, User>();
  readonly chats = new Map<number, ChatState>();
  readonly callbacks = new Map<string, { query: CallbackQuery; at: number }>();
  readonly callbackAnswers = new Map<string, CallbackAnswer>();
  readonly inlineQueries = new Map<string, { userId: number; at: number }>();
  readonly inlineAnswers = new Map<string, InlineAnswer>();
  /** Messages sent by way of an inline result, by their `inline_message_id`. */
  readonly inlineMessages = new Map<string, Message>();
  /** What @BotFather calls it: a bot that is no admin sees little of a group. Only told, not kept. */
  privacyMode = false;
  readonly events = new EventEmitter();
  private lastMessageId: number;

  constructor(
    readonly bot: User,
    readonly now: () => number,
  ) {
    this.events.setMaxListeners(0);
    // A bot remembers what it has seen across restarts of this world: ids must not come again.
    this.lastMessageId = Math.floor(now() / 1000) % 2 ** 30;
    for (const user of PERSONAS) this.addUser(user);
    const group = this.addChat(GROUP, [...TOPICS]);
    for (const user of PERSONAS) group.members.set(user.id, 'member');
    group.members.set(1000, 'creator');
    group.members.set(bot.id, 'member');
  }

  /** Seconds since the epoch, as dates stand in messages. */
  date = () => Math.floor(this.now() / 1000);
  nextMessageId = () => ++this.lastMessageId;

  /** A person with their private chat with the bot. */
  addUser(user: User): User {
    this.users.set(user.id, user);
    const { id, first_name, last_name, username } = user;
    const chat: Chat = {
      id,
      type: 'private',
      first_name,
      ...(last_name && { last_name }),
      ...(username && { username }),
    };
    const state = this.addChat(chat);
    state.members.set(id, 'member').set(this.bot.id, 'member');
    return user;
  }

  addChat(chat: Chat, topics: { id: number; name: string }[] = []): ChatState {
    const state: ChatState = {
      chat,
      messages: new Map(),
      reactions: new Map(),
      members: new Map(),
      topics,
    };
    this.chats.set(chat.id, state);
    return state;
  }

  /** @throws ApiError 400 when there is no such chat */
  chat(id: number | undefined): ChatState {
    const state = id === undefined ? undefined : this.chats.get(id);
    if (id === undefined) throw bad('chat_id is empty');
    if (!state) throw bad('chat not found');
    return state;
  }

  /** A chat the bot may write to. @throws ApiError 403 when it was blocked or removed */
  openChat(id: number | undefined): ChatState {
    const state = this.chat(id);
    const status = state.members.get(this.bot.id);
    if (status === 'member' || status === 'administrator') return state;
    if (state.chat.type === 'private') throw forbidden('bot was blocked by the user');
    throw forbidden(
      status === 'kicked'
        ? `bot was kicked from the ${state.chat.type} chat`
        : `bot is not a member of the ${state.chat.type} chat`,
    );
  }

  /** The `inline_message_id` of a message sent by way of an inline result. */
  inlineIdOf(messageId: number): string | undefined {
    for (const [id, message] of this.inlineMessages) {
      if (message.message_id === messageId) return id;
    }
    return undefined;
  }

  put(message: Message, how: 'new' | 'edited' = 'new'): Message {
    this.chats.get(message.chat.id)?.messages.set(message.message_id, message);
    this.change({ kind: 'message', how, chatId: message.chat.id, message });
    return message;
  }

  remove(chatId: number, messageId: number): boolean {
    const gone = this.chats.get(chatId)?.messages.delete(messageId) ?? false;
    if (gone) this.change({ kind: 'deleted', chatId, messageId });
    return gone;
  }

  change(change: Change): void {
    this.events.emit('change', change);
  }
}
