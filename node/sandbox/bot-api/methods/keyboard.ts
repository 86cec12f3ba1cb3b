/** Checks a reply markup; only an inline keyboard stays on the message. */
import * as v from 'valibot';
import { bad } from '../api-error.ts';
import type { Params } from '../params.ts';
import type { Button, Keyboard } from '../shapes.ts';

const button = v.looseObject({
  text: v.string(),
  callback_data: v.optional(v.string()),
  url: v.optional(v.string()),
});
const markup = v.looseObject({ inline_keyboard: v.optional(v.array(v.array(button))) });

const ACTIONS = [
  'callback_data',
  'url',
  'web_app',
  'login_url',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'switch_inline_query_chosen_chat',
  'copy_text',
  'callback_game',
  'pay',
];

export function keyboardOf(params: Params): Keyboard | undefined {
  const rows = params.json('reply_markup', markup)?.inline_keyboard?.filter((r) => r.length > 0);
  if (!rows || rows.length === 0) return undefined;
  for (const one of rows.flat()) checkButton(one);
  return { inline_keyboard: rows };
}

function checkButton(one: Button): void {
  if (one.text.trim() === '') throw bad("can't parse inline keyboard button: text is empty");
  if (!ACTIONS.some((action) => one[action] !== undefined)) {
    throw bad(
      "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    );
  }
  const bytes = one.callback_data === undefined ? 1 : Buffer.byteLength(one.callback_data);
  if (bytes < 1 || bytes > 64) throw bad('BUTTON_DATA_INVALID');
  if (one.url !== undefined && !/^(https?|tg|ton):\/\//i.test(one.url)) {
    throw bad(`inline keyboard button URL '${one.url}' is invalid: Wrong HTTP URL`);
  }
}
