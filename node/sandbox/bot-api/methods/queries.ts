/** Answers to pressed buttons and inline queries, and reactions. */
import * as v from 'valibot';
import { bad } from '../api-error.ts';
import type { Call, Context, Methods } from './context.ts';
import { targetChat } from './target.ts';

/** Seconds an answer may take; the same lifetimes as in webhook delivery. */
const CALLBACK_TTL = 150;
const INLINE_TTL = 30;
const TOO_OLD = 'query is too old and response timeout expired or query ID is invalid';

function answerCallbackQuery({ world, now }: Context, { params }: Call): true {
  const id = params.text('callback_query_id') ?? '';
  const asked = world.callbacks.get(id);
  if (!asked || now() - asked.at > CALLBACK_TTL * 1000) throw bad(TOO_OLD);
  const text = params.text('text') ?? '';
  if (text.length > 200) throw bad('MESSAGE_TOO_LONG');
  const url = params.text('url');
  const answer = {
    queryId: id,
    userId: asked.query.from.id,
    text,
    alert: params.bool('show_alert'),
    ...(url && { url }),
  };
  world.callbackAnswers.set(id, answer);
  world.change({ kind: 'answer', answer });
  return true;
}

const results = v.array(v.looseObject({ type: v.string(), id: v.string() }));

function answerInlineQuery({ world, now }: Context, { params }: Call): true {
  const queryId = params.text('inline_query_id') ?? '';
  const asked = world.inlineQueries.get(queryId);
  if (!asked || now() - asked.at > INLINE_TTL * 1000) throw bad(TOO_OLD);
  const list = params.json('results', results) ?? [];
  if (list.length > 50) throw bad('RESULTS_TOO_MUCH');
  if (list.some(({ id }) => id === '' || Buffer.byteLength(id) > 64))
    throw bad('RESULT_ID_INVALID');
  if (new Set(list.map((r) => r.id)).size < list.length) throw bad('RESULT_ID_DUPLICATE');
  const button = params.json('button', v.looseObject({}));
  const answer = { queryId, userId: asked.userId, results: list, ...(button && { button }) };
  world.inlineAnswers.set(queryId, answer);
  world.change({ kind: 'inline', answer });
  return true;
}

const reactions = v.pipe(
  v.array(v.looseObject({ type: v.string(), emoji: v.optional(v.string()) })),
  v.maxLength(1),
);
/** Of the list at core.telegram.org/bots/api#reactiontypeemoji. */
const EMOJI = new Set(
  '👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡'.split(
    ' ',
  ),
);

function setMessageReaction(context: Context, { params }: Call): true {
  const state = targetChat(context, params);
  const messageId = params.int('message_id') ?? 0;
  if (!state.messages.has(messageId)) throw bad('message to react not found');
  const list = params.json('reaction', reactions) ?? [];
  if (list.some((r) => r.type === 'emoji' && !EMOJI.has(r.emoji ?? '')))
    throw bad('REACTION_INVALID');
  state.reactions.set(messageId, list);
  context.world.change({
    kind: 'reaction',
    chatId: state.chat.id,
    messageId,
    reactions: list,
  });
  return true;
}

export const queryMethods: Methods = {
  answerCallbackQuery,
  answerInlineQuery,
  setMessageReaction,
};
