import type { Keyboard } from '../../status/card.ts';
import { telegramFault } from '../../telegram/errors.ts';
import { sendWith } from '../../telegram/send-context.ts';
import type { ChatParts } from '../parts.ts';

/** Puts another text and other buttons into one of the bot's messages. */
export async function editScreen(
  { api, log }: Pick<ChatParts, 'api' | 'log'>,
  { chatId, messageId }: { chatId: number; messageId: number },
  text: string,
  keyboard: Keyboard = [],
): Promise<void> {
  const edit = () =>
    api.editMessageText(chatId, messageId, text, {
      reply_markup: { inline_keyboard: keyboard },
      link_preview_options: { is_disabled: true },
    });
  await sendWith({ priority: 'answer' }, edit).catch((err) => {
    const { kind } = telegramFault(err);
    // The same button twice, or a message the person deleted in the meantime.
    if (kind !== 'not_modified' && kind !== 'message_gone') throw err;
    log.debug({ kind }, 'a screen was left as it is');
  });
}
