/**
 * A status message whose sender never heard Telegram's answer, or died before. Telegram cannot list a chat's
 * messages, but it says "not modified" to an edit that changes nothing, and the button of a status
 * message names its job: the ids that can be it are asked, lowest first.
 */
import type { Api } from 'grammy';
import type { JobRow } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import { sendWith } from '../telegram/send-context.ts';
import type { Keyboard } from './card.ts';

/** Ids given to others while the message was on its way; each costs one call. */
const REACH = 12;

export interface MessageIds {
  seen(job: JobRow, messageId: number): void;
  /** The highest id heard of where this job's messages get theirs; 0 when none was. */
  highest(job: JobRow): number;
}

/** Private chats and basic groups of a bot number their messages together, others by themselves. */
export function messageIds(): MessageIds {
  let together = 0;
  const own = ({ chatType }: JobRow) => chatType === 'supergroup' || chatType === 'channel';
  return {
    seen(job, messageId) {
      if (!own(job) && job.businessId === null) together = Math.max(together, messageId);
    },
    highest: (job) =>
      own(job) || job.businessId !== null
        ? (job.replyTo ?? 0)
        : Math.max(together, job.replyTo ?? 0),
  };
}

interface Buttons {
  inline_keyboard: Keyboard;
}

/** Undefined when there is none, or none within reach: then it stays until its button is pressed. */
export async function findAbove(
  api: Api,
  job: JobRow,
  { above, buttons }: { above: number; buttons: Buttons },
): Promise<number | undefined> {
  const business = job.businessId === null ? {} : { business_connection_id: job.businessId };
  const edit = (id: number, reply_markup: Buttons) =>
    // Not as an edit: those give way to each other, and here every answer counts.
    sendWith({ priority: 'status' }, () =>
      api.editMessageReplyMarkup(job.chatId, id, { ...business, reply_markup }),
    );
  for (let id = above + 1; above > 0 && id <= above + REACH; id++) {
    try {
      await edit(id, buttons);
      // Another message of the bot took the buttons: they are not its own.
      await edit(id, { inline_keyboard: [] });
    } catch (error) {
      const { kind } = telegramFault(error);
      if (kind === 'not_modified') return id;
      if (kind !== 'message_gone' && kind !== 'rejected') throw error;
    }
  }
  return undefined;
}
