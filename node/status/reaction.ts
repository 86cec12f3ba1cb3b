/**
 * The status of a job in a quiet group: 👀 on the message while it runs, 👌 when it is done.
 * Both are on Telegram's list of free reactions (core.telegram.org/bots/api#reactiontypeemoji).
 */
import type { Api } from 'grammy';
import type { JobRow } from '../store/schema.ts';
import { sendWith } from '../telegram/send-context.ts';
import type { CardTransport, Keyboard } from './card.ts';

interface ReactionParts {
  say(job: JobRow, text: string, keyboard?: Keyboard): Promise<number>;
  onSent(messageId: number): Promise<void>;
}

/** A card whose "message" is the person's own: nothing is written unless there is bad news. */
export function reactionTransport(
  api: Api,
  job: JobRow,
  { say, onSent }: ReactionParts,
): CardTransport {
  const messageId = job.replyTo ?? 0;
  const react = (emoji?: '👀' | '👌') =>
    sendWith({ priority: 'status' }, () =>
      api.setMessageReaction(job.chatId, messageId, emoji ? [{ type: 'emoji', emoji }] : []),
    );
  const settle: CardTransport['settle'] = async (shown, text, keyboard) => {
    await say(job, text, keyboard);
    // A group may forbid reactions: the words are what matters.
    if (shown !== undefined) await react().catch(() => {});
  };
  return {
    settle,
    ask: settle,
    async send() {
      await react('👀');
      await onSent(messageId);
      return messageId;
    },
    async edit() {},
    async remove() {
      await react('👌');
    },
  };
}
