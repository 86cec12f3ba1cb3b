/** What people do in the sandbox: write, press, ask inline, block; for tests and the chat page. */
import { randomBytes } from 'node:crypto';
import { bad } from './api-error.ts';
import { findEntities } from './entities.ts';
import type { Files } from './files.ts';
import type { Entity, FileObject, MemberStatus, Message, User } from './shapes.ts';
import type { Updates } from './updates.ts';
import type { Upload } from './upload.ts';
import type { World } from './world.ts';

/** What a person sends, besides plain text. */
export interface MessageParts {
  text?: string;
  caption?: string;
  /** Found in the text as Telegram's clients do, unless given. */
  entities?: Entity[];
  document?: FileObject;
  replyTo?: number;
  threadId?: number;
  businessConnectionId?: string;
  forwarded?: boolean;
}

/** A person by id (unknown ones are made up) or as Telegram describes them. */
export type Who = number | User;

export class Driver {
  constructor(
    private readonly world: World,
    private readonly updates: Updates,
    private readonly files: Files,
  ) {}

  /** Writes into a chat; the private chat of a person has the id of the person. */
  say(chatId: number, who: Who, what: string | MessageParts): Message {
    const parts = typeof what === 'string' ? { text: what } : what;
    const from = this.person(who);
    const message = this.world.put(this.written(chatId, from, parts));
    const kind = parts.businessConnectionId ? 'business_message' : 'message';
    this.updates.push(kind, message, String(chatId));
    return message;
  }

  edit(chatId: number, messageId: number, text: string): Message {
    const old = this.world.chat(chatId).messages.get(messageId);
    if (!old) throw bad('message to edit not found');
    const entities = findEntities(text);
    const { entities: _, ...rest } = old;
    const message = {
      ...rest,
      text,
      ...(entities.length > 0 && { entities }),
      edit_date: this.world.date(),
    };
    this.world.put(message, 'edited');
    this.updates.push('edited_message', message, String(chatId));
    return message;
  }

  /** Presses an inline button; the id of the callback query comes back. */
  press(messageId: number, data: string, who: Who): string {
    const message = this.messageById(messageId);
    const inlineId = this.world.inlineIdOf(messageId);
    const from = this.person(who);
    const id = queryId();
    const query = {
      id,
      from,
      ...(inlineId ? { inline_message_id: inlineId } : { message }),
      chat_instance: String(message.chat.id),
      data,
    };
    this.world.callbacks.set(id, { query, at: this.world.now() });
    this.updates.push('callback_query', query, `callback/${from.id}`);
    return id;
  }

  /** Types an inline query; the id of the query comes back. */
  inline(who: Who, query: string, offset = ''): string {
    const from = this.person(who);
    const id = queryId();
    this.world.inlineQueries.set(id, { userId: from.id, at: this.world.now() });
    const payload = { id, from, query, offset, chat_type: 'sender' };
    this.updates.push('inline_query', payload, `inline/${from.id}`);
    return id;
  }

  /** Picks a result of an answered inline query and sends it into a chat. */
  choose(inlineQueryId: string, resultId: string, chatId: number, threadId?: number): Message {
    const answer = this.world.inlineAnswers.get(inlineQueryId);
    const result = answer?.results.find((r) => r.id === resultId);
    if (!answer || !result) throw bad('no such inline result');
    const from = this.person(answer.userId);
    const message = this.world.put({
      ...this.written(chatId, from, threadId ? { threadId } : {}),
      via_bot: this.world.bot,
      ...this.resultBody(result),
    });
    const inline_message_id = message.reply_markup ? queryId() : undefined;
    if (inline_message_id) this.world.inlineMessages.set(inline_message_id, message);
    const query = '';
    this.updates.push(
      'chosen_inline_result',
      { result_id: resultId, from, query, ...(inline_message_id && { inline_message_id }) },
      `chosen/${from.id}`,
    );
    return message;
  }

  /** Sends a file that already lies on disk as a document. */
  sendDocument(chatId: number, who: Who, upload: Upload, caption?: string): Message {
    const { object } = this.files.add('document', upload, {
      ...(upload.name && { file_name: upload.name }),
    });
    return this.say(chatId, who, { document: object, ...(caption && { caption }) });
  }

  /** Blocks the bot, as "Stop bot" does. */
  blockBot(who: Who): void {
    const { id } = this.person(who);
    this.setBotStatus(id, who, 'kicked');
  }

  unblockBot(who: Who): void {
    const { id } = this.person(who);
    this.setBotStatus(id, who, 'member');
  }

  addBotToGroup(chatId: number, who: Who, title = `Group ${chatId}`): void {
    if (!this.world.chats.has(chatId)) {
      const chat = this.world.addChat({ id: chatId, type: 'supergroup', title });
      chat.members.set(this.person(who).id, 'creator');
    }
    this.setBotStatus(chatId, who, 'member');
  }

  removeBot(chatId: number, who: Who): void {
    this.setBotStatus(chatId, who, 'kicked');
  }

  /** Changes what the bot is in a chat and tells it so. */
  setBotStatus(chatId: number, who: Who, status: MemberStatus): void {
    const { bot } = this.world;
    const state = this.world.chat(chatId);
    const old = state.members.get(bot.id) ?? 'left';
    state.members.set(bot.id, status);
    this.world.change({ kind: 'member', chatId, userId: bot.id, status });
    const payload = {
      chat: state.chat,
      from: this.person(who),
      date: this.world.date(),
      old_chat_member: { status: old, user: bot },
      new_chat_member: { status, user: bot },
    };
    this.updates.push('my_chat_member', payload, String(chatId));
  }

  person(who: Who): User {
    if (typeof who !== 'number') return this.world.users.get(who.id) ?? this.world.addUser(who);
    const known = this.world.users.get(who);
    return known ?? this.world.addUser({ id: who, is_bot: false, first_name: `User ${who}` });
  }

  private written(chatId: number, from: User, parts: MessageParts): Message {
    const state = this.world.chat(chatId);
    const replied = parts.replyTo === undefined ? undefined : state.messages.get(parts.replyTo);
    const entities = parts.entities ?? findEntities(parts.text ?? parts.caption ?? '');
    const marks = parts.text === undefined ? 'caption_entities' : 'entities';
    return {
      message_id: this.world.nextMessageId(),
      from,
      chat: state.chat,
      date: this.world.date(),
      ...(parts.threadId && { message_thread_id: parts.threadId, is_topic_message: true as const }),
      ...(parts.businessConnectionId && { business_connection_id: parts.businessConnectionId }),
      ...(parts.forwarded && {
        forward_origin: { type: 'user' as const, sender_user: from, date: this.world.date() },
      }),
      ...(replied && { reply_to_message: replied }),
      ...(parts.text !== undefined && { text: parts.text }),
      ...(parts.document && { document: parts.document }),
      ...(parts.caption !== undefined && { caption: parts.caption }),
      ...(entities.length > 0 && { [marks]: entities }),
    };
  }

  private messageById(messageId: number): Message {
    for (const { messages } of this.world.chats.values()) {
      const found = messages.get(messageId);
      if (found) return found;
    }
    throw bad('no such message');
  }

  /** The message an inline result stands for: its own text, or a cached file. */
  private resultBody(result: Record<string, unknown>): Partial<Message> {
    const content = result.input_message_content as { message_text?: string } | undefined;
    const markup = result.reply_markup as Message['reply_markup'];
    const caption = typeof result.caption === 'string' ? { caption: result.caption } : {};
    const text = content?.message_text;
    return {
      ...(text !== undefined ? { text } : { ...this.cachedFile(result), ...caption }),
      ...(markup && { reply_markup: markup }),
    };
  }

  private cachedFile(result: Record<string, unknown>): Partial<Message> {
    for (const kind of ['video', 'audio', 'document'] as const) {
      const id = result[`${kind}_file_id`];
      if (typeof id === 'string') return { [kind]: this.files.get(id, kind).object };
    }
    const photo = result.photo_file_id;
    if (typeof photo === 'string') return { photo: [this.files.get(photo, 'photo').object] };
    return { text: String(result.title ?? '') };
  }
}

const queryId = () => BigInt(`0x${randomBytes(8).toString('hex')}`).toString();
