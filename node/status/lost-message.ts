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

/** Ids nobody is known to have; each costs one call. */
const REACH = 24;
/** Ids of others are free, but no search goes on for ever. */
const FARTHEST = 2_000;

interface Buttons {
  inline_keyboard: Keyboard;
}

export interface Search {
  /** It has a higher id than this. */
  above: number;
  /** Exactly what stands under it. */
  buttons: Buttons;
  /** Ids that are other messages' for certain: those are left alone. */
  isOthers(id: number): boolean;
}

/** Undefined when there is none, or none within reach: then it stays until its button is pressed. */
export async function findAbove(
  api: Api,
  job: JobRow,
  { above, buttons, isOthers }: Search,
): Promise<number | undefined> {
  const business = job.businessId === null ? {} : { business_connection_id: job.businessId };
  const edit = (id: number, reply_markup: Buttons) =>
    // Not as an edit: those give way to each other, and here every answer counts.
    sendWith({ priority: 'status' }, () =>
      api.editMessageReplyMarkup(job.chatId, id, { ...business, reply_markup }),
    );
  const candidates = above > 0 ? unknownAbove(above, isOthers) : [];
  for (const id of candidates) {
    try {
      await edit(id, buttons);
    } catch (error) {
      const { kind } = telegramFault(error);
      if (kind === 'not_modified') return id;
      if (kind !== 'message_gone' && kind !== 'rejected') throw error;
      continue;
    }
    // Another message of the bot took the buttons: they are not its own.
    await takeOff(() => edit(id, { inline_keyboard: [] }));
  }
  return undefined;
}

function unknownAbove(above: number, isOthers: Search['isOthers']): number[] {
  const ids: number[] = [];
  for (let id = above + 1; id <= above + FARTHEST && ids.length < REACH; id++)
    if (!isOthers(id)) ids.push(id);
  return ids;
}

const TRIES = 5;

/** With the buttons left on it, the next search would take that message for the one it looks for. */
async function takeOff(edit: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await edit();
      return;
    } catch (error) {
      const { kind } = telegramFault(error);
      if (kind === 'not_modified' || kind === 'message_gone' || kind === 'rejected') return;
      if (tries === TRIES) throw error;
    }
  }
}
