/** Where a message goes and which one an edit means. */
import * as v from 'valibot';
import { bad } from '../api-error.ts';
import { findEntities, type Marked, parseHtml } from '../entities.ts';
import type { Params } from '../params.ts';
import type { Entity, Message } from '../shapes.ts';
import type { ChatState } from '../world.ts';
import type { Context } from './context.ts';

export function targetChat({ world }: Context, params: Params): ChatState {
  const name = params.text('chat_id');
  if (name?.startsWith('@')) {
    const found = [...world.chats.values()].find((c) => c.chat.username === name.slice(1));
    if (!found) throw bad('chat not found');
    return world.openChat(found.chat.id);
  }
  return world.openChat(params.int('chat_id'));
}

/** The fields every new message of the bot starts with. */
export function draft(context: Context, params: Params, state: ChatState): Message {
  const { world } = context;
  const thread = params.int('message_thread_id');
  if (thread !== undefined && !state.topics.some((t) => t.id === thread)) {
    throw bad('message thread not found');
  }
  const business = params.text('business_connection_id');
  return {
    message_id: world.nextMessageId(),
    ...(thread !== undefined && { message_thread_id: thread, is_topic_message: true as const }),
    from: world.bot,
    chat: state.chat,
    date: world.date(),
    ...(business && { business_connection_id: business }),
    ...replyOf(params, state),
  };
}

const replyParameters = v.looseObject({
  message_id: v.optional(v.number()),
  allow_sending_without_reply: v.optional(v.boolean()),
  quote: v.optional(v.string()),
});

function replyOf(params: Params, state: ChatState): Partial<Message> {
  const given = params.json('reply_parameters', replyParameters);
  const id = given?.message_id ?? params.int('reply_to_message_id');
  if (id === undefined) return {};
  const found = state.messages.get(id);
  const lenient = given?.allow_sending_without_reply ?? params.bool('allow_sending_without_reply');
  if (!found && !lenient) throw bad('message to be replied not found');
  if (!found) return {};
  // Telegram does not nest replies: the quoted message comes without its own.
  const { reply_to_message: _, reply_markup: __, ...quoted } = found;
  const quote = given?.quote;
  return {
    reply_to_message: quoted,
    ...(quote && { quote: { text: quote, position: 0, is_manual: true as const } }),
  };
}

/** @throws ApiError 400 when it is gone or not the bot's */
export function messageToEdit(context: Context, params: Params): Message {
  const inlineId = params.text('inline_message_id');
  if (inlineId !== undefined) {
    const inline = context.world.inlineMessages.get(inlineId);
    if (!inline) throw bad('MESSAGE_ID_INVALID');
    return inline;
  }
  const state = targetChat(context, params);
  const found = state.messages.get(params.int('message_id') ?? 0);
  if (!found) throw bad('message to edit not found');
  if (found.from?.id !== context.world.bot.id) throw bad("message can't be edited");
  return found;
}

const entity = v.looseObject({ type: v.string(), offset: v.number(), length: v.number() });
const entities = v.array(entity);

/** Text and entities of a field as Telegram would show it: trimmed, markup taken out. */
export function markedText(params: Params, field: string, entitiesField: string): Marked {
  const raw = params.text(field) ?? '';
  const given = params.json(entitiesField, entities) as Entity[] | undefined;
  if (given) return { text: raw, entities: given };
  const html = params.text('parse_mode')?.toLowerCase() === 'html';
  const marked = html ? parseHtml(raw) : { text: raw, entities: [] };
  const lead = marked.text.length - marked.text.trimStart().length;
  const text = marked.text.trim();
  const shifted = marked.entities.map((e) => ({ ...e, offset: Math.max(0, e.offset - lead) }));
  const links = findEntities(text).filter((e) => !shifted.some((s) => overlap(s, e)));
  return { text, entities: [...shifted, ...links].sort((a, b) => a.offset - b.offset) };
}

const overlap = (a: Entity, b: Entity) =>
  a.type !== 'bold' && a.offset < b.offset + b.length && b.offset < a.offset + a.length;
