/** One person's private chat with the bot, as a script of what is said, pressed and seen. */
import type { User } from '../../node/sandbox/bot-api/shapes.ts';
import type { VisibleMessage } from '../../node/sandbox/bot-api/visible.ts';
import type { RunningBotApi } from './bot-api.ts';

export interface Conversation {
  /** Sends a text; answers its id. */
  say(text: string): number;
  /** Everything of the bot in the chat, oldest first. */
  seen(): VisibleMessage[];
  /** Waits for a message of the bot that fits. */
  sees(
    what: { text?: RegExp; kind?: VisibleMessage['kind']; button?: RegExp; replyTo?: number },
    timeoutMs?: number,
  ): Promise<VisibleMessage>;
  /** Waits until no message of the bot has that id any more. */
  gone(id: number): Promise<unknown>;
  /** Presses the button of that label; answers the toast. */
  press(message: VisibleMessage, label: RegExp): Promise<string>;
  /** Presses a button with data nobody gave it; answers the toast. */
  forge(message: VisibleMessage, data: string): Promise<string>;
  /** The data behind a label. */
  dataOf(message: VisibleMessage, label: RegExp): string;
}

export function conversation(scene: { telegram: RunningBotApi }, person: User): Conversation {
  const { api } = scene.telegram;
  const seen = () => api.visible(person.id).filter(({ bot }) => bot);
  const raw = (id: number) => api.messages(person.id).find(({ message_id }) => message_id === id);
  const dataOf: Conversation['dataOf'] = (message, label) => {
    const buttons = raw(message.id)?.reply_markup?.inline_keyboard.flat() ?? [];
    const data = buttons.find(({ text }) => label.test(text))?.callback_data;
    if (typeof data !== 'string') {
      throw new Error(`no button ${label} in: ${buttons.map(({ text }) => text).join(' | ')}`);
    }
    return data;
  };
  const forge: Conversation['forge'] = async (message, data) => {
    const query = api.press(message.id, data, person);
    const answer = await api.waitFor(() => api.world.callbackAnswers.get(query), 30_000);
    return answer.text;
  };
  return {
    ...{ seen, dataOf, forge },
    say: (text) => api.say(person.id, person, text).message_id,
    sees: ({ text, kind, button, replyTo }, timeoutMs = 60_000) =>
      api.waitFor(
        () =>
          seen().findLast(
            (message) =>
              (!text || text.test(message.text)) &&
              (!kind || message.kind === kind) &&
              (!button || message.buttons.flat().some((label) => button.test(label))) &&
              (replyTo === undefined || message.replyTo === replyTo),
          ),
        timeoutMs,
      ),
    gone: (id) => api.waitFor(() => !raw(id), 30_000),
    press: (message, label) => forge(message, dataOf(message, label)),
  };
}
