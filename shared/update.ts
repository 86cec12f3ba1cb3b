/**
 * The parts of a Telegram update that are used, and no others: a field that is not named here
 * may change its shape without an update being refused (https://core.telegram.org/bots/api#update).
 */
import * as v from 'valibot';

const id = v.pipe(v.number(), v.safeInteger());
const text = v.string();
const flag = v.optional(v.boolean());

const User = v.object({
  id,
  is_bot: v.boolean(),
  first_name: v.optional(text),
  last_name: v.optional(text),
  username: v.optional(text),
  language_code: v.optional(text),
});
export type User = v.InferOutput<typeof User>;

const Chat = v.object({
  id,
  type: v.picklist(['private', 'group', 'supergroup', 'channel']),
  title: v.optional(text),
  username: v.optional(text),
});
export type Chat = v.InferOutput<typeof Chat>;

/** `offset` and `length` count UTF-16 code units, as JavaScript's strings do. */
const Entity = v.object({
  type: text,
  offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
  length: v.pipe(v.number(), v.integer(), v.minValue(0)),
  url: v.exactOptional(text),
});

const Message = v.object({
  message_id: id,
  chat: Chat,
  from: v.optional(User),
  /** An anonymous admin or a channel that speaks in a group; `from` is then a stand-in bot. */
  sender_chat: v.optional(Chat),
  /** Set on what a bot sent in the name of a business account. */
  sender_business_bot: v.optional(v.object({ id })),
  business_connection_id: v.optional(text),
  is_topic_message: flag,
  /** Also set on plain replies in groups without topics: only `is_topic_message` tells. */
  message_thread_id: v.optional(id),
  is_automatic_forward: flag,
  forward_origin: v.optional(v.object({ type: text })),
  reply_to_message: v.optional(v.object({ message_id: id, from: v.optional(User) })),
  text: v.optional(text),
  entities: v.optional(v.array(Entity)),
  caption: v.optional(text),
  caption_entities: v.optional(v.array(Entity)),
  document: v.optional(
    v.object({
      file_id: text,
      file_name: v.optional(text),
      file_size: v.optional(v.number()),
    }),
  ),
});
export type Message = v.InferOutput<typeof Message>;

const CallbackQuery = v.object({
  id: text,
  from: User,
  /** Absent under an inline result. */
  message: v.optional(
    v.object({
      message_id: id,
      chat: Chat,
      business_connection_id: v.optional(text),
      is_topic_message: flag,
      message_thread_id: v.optional(id),
    }),
  ),
  /** Absent on the button of a game. */
  data: v.optional(text),
});
export type CallbackQuery = v.InferOutput<typeof CallbackQuery>;

const InlineQuery = v.object({ id: text, from: User, query: text });
export type InlineQuery = v.InferOutput<typeof InlineQuery>;

const MyChatMember = v.object({
  chat: Chat,
  from: User,
  new_chat_member: v.object({ status: text }),
});
export type MyChatMember = v.InferOutput<typeof MyChatMember>;

/** One kind per update; edits, channel posts and everything else are read as no kind at all. */
const Update = v.object({
  update_id: id,
  message: v.optional(Message),
  business_message: v.optional(Message),
  callback_query: v.optional(CallbackQuery),
  inline_query: v.optional(InlineQuery),
  my_chat_member: v.optional(MyChatMember),
});
export type Update = v.InferOutput<typeof Update>;

/** What Telegram is asked for; everything else is not even sent to the bot. */
export const UPDATE_KINDS = [
  'message',
  'business_message',
  'callback_query',
  'inline_query',
  'my_chat_member',
] as const satisfies (keyof Update)[];

/** The update a JSON text holds, or in a few words why it holds none. Never throws. */
export function parseUpdate(json: string): { update: Update } | { problem: string } {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    return { problem: 'not JSON' };
  }
  const parsed = v.safeParse(Update, data, { abortEarly: true });
  if (parsed.success) return { update: parsed.output };
  const [issue] = parsed.issues;
  return { problem: `${v.getDotPath(issue) ?? 'the update'}: ${issue.type} expected` };
}
