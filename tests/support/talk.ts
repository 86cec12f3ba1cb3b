/** Talking to the bot as people do: taps on buttons by their labels, words in groups. */
import type { MessageParts } from '../../node/sandbox/bot-api/driver.ts';
import type { VisibleMessage } from '../../node/sandbox/bot-api/visible.ts';
import type { RunningBotApi } from './bot-api.ts';

/** Long enough for a busy machine; nothing waits that long when all is well. */
const PATIENCE_MS = 40_000;

/** The emulated group of the sandbox: topics 11 and 12, user 1000 is its creator. */
export const GROUP = -1000000000001;

export interface Tap {
  chat: number;
  message: number;
  /** Part of the button's label. */
  label: string | RegExp;
  who?: number;
}

/** Presses a button; resolves with the toast. */
export async function tap(
  { telegram }: { telegram: RunningBotApi },
  { chat, message, label, who = chat }: Tap,
) {
  const { api } = telegram;
  const found = api
    .messages(chat)
    .find(({ message_id }) => message_id === message)
    ?.reply_markup?.inline_keyboard.flat()
    .find(({ text }) => (typeof label === 'string' ? text.includes(label) : label.test(text)));
  if (!found?.callback_data) throw new Error(`no button ${label} under message ${message}`);
  const query = api.press(message, found.callback_data, who);
  const { callbackAnswers } = api.world;
  await api.waitFor(() => callbackAnswers.get(query), PATIENCE_MS);
  return callbackAnswers.get(query)?.text ?? '';
}

/** The bot's messages in a chat, as they stand. */
export const fromBot = (
  { telegram }: { telegram: RunningBotApi },
  chat: number,
): VisibleMessage[] => telegram.api.visible(chat).filter(({ bot }) => bot);

/** Waits for a message of the bot that fits. */
export const until = (
  scene: { telegram: RunningBotApi },
  chat: number,
  fits: (message: VisibleMessage) => boolean,
): Promise<VisibleMessage> =>
  scene.telegram.api.waitFor(() => fromBot(scene, chat).find(fits), PATIENCE_MS);

/** Waits for so many files that answer a message. */
export const files = (
  scene: { telegram: RunningBotApi },
  chat: number,
  replyTo: number,
  count: number,
) =>
  scene.telegram.api.waitFor(() => {
    const sent = fromBot(scene, chat).filter((m) => m.replyTo === replyTo && m.kind !== 'text');
    return sent.length >= count && sent;
  }, PATIENCE_MS);

export const write = (
  { telegram }: { telegram: RunningBotApi },
  chat: number,
  who: number,
  what: string | MessageParts,
) => telegram.api.say(chat, who, what).message_id;
