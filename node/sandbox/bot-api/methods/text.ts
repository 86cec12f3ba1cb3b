/** Messages of text, and everything that changes, copies or removes a message. */
import * as v from 'valibot';
import { bad } from '../api-error.ts';
import type { Keyboard, Message } from '../shapes.ts';
import { MEDIA_KINDS } from '../shapes.ts';
import type { Call, Context, Methods } from './context.ts';
import { keyboardOf } from './keyboard.ts';
import { draft, markedText, messageToEdit, targetChat } from './target.ts';

/** UTF-16 code units after the markup is taken out (core.telegram.org/bots/api#sendmessage). */
const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;

const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same ' +
  'as a current content and reply markup of the message';

function sendMessage(context: Context, { params }: Call): Message {
  const state = targetChat(context, params);
  const body = textBody(params);
  const keyboard = keyboardOf(params);
  return context.world.put({
    ...draft(context, params, state),
    ...body,
    ...(keyboard && { reply_markup: keyboard }),
  });
}

function textBody(params: Call['params']): Pick<Message, 'text' | 'entities'> {
  const { text, entities } = markedText(params, 'text', 'entities');
  if (text === '') throw bad('message text is empty');
  if (text.length > MAX_TEXT) throw bad('message is too long');
  return { text, ...(entities.length > 0 && { entities }) };
}

export function captionBody(params: Call['params']): Pick<Message, 'caption' | 'caption_entities'> {
  const { text, entities } = markedText(params, 'caption', 'caption_entities');
  if (text.length > MAX_CAPTION) throw bad('message caption is too long');
  if (text === '') return {};
  return { caption: text, ...(entities.length > 0 && { caption_entities: entities }) };
}

/**
 * Puts `next` in the place of `old`; an edit without a keyboard takes the old one away.
 * @throws ApiError 400 when nothing would change
 */
export function replaceMessage(
  context: Context,
  old: Message,
  next: Message,
  keyboard: Keyboard | undefined,
): Message | true {
  const { reply_markup: _, edit_date: __, ...rest } = next;
  const { edit_date: ___, ...before } = old;
  const edited: Message = { ...rest, ...(keyboard && { reply_markup: keyboard }) };
  if (same(before, edited)) throw bad(NOT_MODIFIED);
  const message = { ...edited, edit_date: context.world.date() };
  const inlineId = context.world.inlineIdOf(message.message_id);
  if (inlineId) context.world.inlineMessages.set(inlineId, message);
  context.world.put(message, 'edited');
  return inlineId ? true : message;
}

const same = (a: object, b: object) => canonical(a) === canonical(b);

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function editMessageText(context: Context, { params }: Call): Message | true {
  const old = messageToEdit(context, params);
  if (old.text === undefined) throw bad('there is no text in the message to edit');
  const { entities: _, ...rest } = old;
  return replaceMessage(context, old, { ...rest, ...textBody(params) }, keyboardOf(params));
}

function editMessageCaption(context: Context, { params }: Call): Message | true {
  const old = messageToEdit(context, params);
  if (!MEDIA_KINDS.some((kind) => old[kind])) {
    throw bad('there is no caption in the message to edit');
  }
  const { caption: _, caption_entities: __, ...rest } = old;
  return replaceMessage(context, old, { ...rest, ...captionBody(params) }, keyboardOf(params));
}

function editMessageReplyMarkup(context: Context, { params }: Call): Message | true {
  const old = messageToEdit(context, params);
  return replaceMessage(context, old, old, keyboardOf(params));
}

function deleteMessage(context: Context, { params }: Call): true {
  const state = targetChat(context, params);
  const found = state.messages.get(params.int('message_id') ?? 0);
  if (!found) throw bad('message to delete not found');
  const admin = state.members.get(context.world.bot.id) === 'administrator';
  const own = found.from?.id === context.world.bot.id;
  if (!own && !admin && state.chat.type !== 'private') throw bad("message can't be deleted");
  context.world.remove(state.chat.id, found.message_id);
  return true;
}

const ids = v.pipe(v.array(v.number()), v.minLength(1), v.maxLength(100));

function deleteMessages(context: Context, { params }: Call): true {
  const state = targetChat(context, params);
  for (const id of params.json('message_ids', ids) ?? []) context.world.remove(state.chat.id, id);
  return true;
}

/** The message that a copy or a forward starts from. */
function source(context: Context, { params }: Call): Message {
  const from = context.world.chat(params.int('from_chat_id'));
  const found = from.messages.get(params.int('message_id') ?? 0);
  if (!found) throw bad('message to copy not found');
  return found;
}

const OF_ITS_CHAT = new Set([
  'message_id',
  'message_thread_id',
  'is_topic_message',
  'from',
  'chat',
  'date',
  'edit_date',
  'business_connection_id',
  'reply_to_message',
  'quote',
  'reply_markup',
  'forward_origin',
  'media_group_id',
  'via_bot',
]);

const contentOf = (message: Message): Partial<Message> =>
  Object.fromEntries(Object.entries(message).filter(([key]) => !OF_ITS_CHAT.has(key)));

function copyMessage(context: Context, call: Call): { message_id: number } {
  const state = targetChat(context, call.params);
  const original = source(context, call);
  const keyboard = keyboardOf(call.params);
  const { message_id } = context.world.put({
    ...draft(context, call.params, state),
    ...contentOf(original),
    ...(call.params.text('caption') !== undefined && captionBody(call.params)),
    ...(keyboard && { reply_markup: keyboard }),
  });
  return { message_id };
}

function forwardMessage(context: Context, call: Call): Message {
  const state = targetChat(context, call.params);
  const original = source(context, call);
  const sender_user = original.from ?? context.world.bot;
  return context.world.put({
    ...draft(context, call.params, state),
    ...contentOf(original),
    forward_origin: { type: 'user', sender_user, date: original.date },
  });
}

export const textMethods: Methods = {
  sendMessage,
  editMessageText,
  editMessageCaption,
  editMessageReplyMarkup,
  deleteMessage,
  deleteMessages,
  copyMessage,
  forwardMessage,
};
