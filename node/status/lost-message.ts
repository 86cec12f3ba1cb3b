/**
 * A status message whose sender never heard Telegram's answer, or died before. Telegram cannot list a chat's
 * messages, but it says "not modified" to an edit that changes nothing, and the button of a status
 * message names its job: the ids that can be it are asked, the likeliest first. Last words stand
 * under other buttons or none; the answer to an edit that did change something tells the text, and
 * so finds them.
 */
import type { Api } from 'grammy';
import type { Message } from 'grammy/types';
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
  /** Or these words, under whatever buttons: those are lost until the words are put there anew. */
  words?: string | undefined;
  /**
   * Ids that are other messages' for certain: those are left alone. Asked anew before each call,
   * because other searches find theirs meanwhile, and updates come in.
   */
  isOthers(id: number): boolean;
  /** So many messages that left before it are as unheard of. */
  ahead: number;
}

/** Undefined when there is none, or none within reach: then it stays until its button is pressed. */
export async function findAbove(
  api: Api,
  job: JobRow,
  { above, buttons, words, isOthers, ahead }: Search,
): Promise<number | undefined> {
  const business = job.businessId === null ? {} : { business_connection_id: job.businessId };
  const edit = (id: number, reply_markup: Buttons) =>
    // Not as an edit: those give way to each other, and here every answer counts.
    sendWith({ priority: 'status' }, () =>
      api.editMessageReplyMarkup(job.chatId, id, { ...business, reply_markup }),
    );
  const next = candidates(above, ahead, isOthers);
  for (let id = next(); id !== undefined; id = next()) {
    try {
      if (says(await edit(id, buttons), job, words)) return id;
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

/** Telegram drops some characters and trims; letters and digits stay. */
const plain = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '');
/** The id under a failure; the words above it may tell another wait by now. */
const idIn = (words: string) => words.match(/\b[0-9a-f]{8}\b/g)?.at(-1);

function says(edited: Message | true, job: JobRow, words: string | undefined): boolean {
  if (edited === true || words === undefined || edited.text === undefined) return false;
  const answered = edited.reply_to_message?.message_id ?? job.replyTo;
  if (answered !== job.replyTo) return false;
  const id = idIn(words);
  return id === undefined ? plain(edited.text) === plain(words) : edited.text.includes(id);
}

/**
 * Telegram numbers messages as they come. After a kill with dozens on their way each has its place
 * among them; asked from the lowest, the last ones would be out of reach.
 */
function candidates(above: number, ahead: number, isOthers: Search['isOthers']) {
  const asked = new Set<number>();
  const mayBeIt = (id: number) =>
    id > above && id <= above + FARTHEST && !asked.has(id) && !isOthers(id);
  const likeliest = unknownAbove(above, ahead, mayBeIt);
  return () => {
    const id = asked.size < REACH && above > 0 ? nearest(likeliest, mayBeIt) : undefined;
    if (id !== undefined) asked.add(id);
    return id;
  };
}

/** The id with so many unknown ones between the floor and it. */
function unknownAbove(above: number, ahead: number, mayBeIt: (id: number) => boolean): number {
  let before = 0;
  for (let id = above + 1; id <= above + FARTHEST; id++) {
    if (!mayBeIt(id)) continue;
    if (before === ahead) return id;
    before += 1;
  }
  return above + 1;
}

/** What jobs do not know comes in between, so of two equally near the higher one is first. */
function nearest(to: number, mayBeIt: (id: number) => boolean): number | undefined {
  for (let far = 0; far <= FARTHEST; far++) {
    if (mayBeIt(to + far)) return to + far;
    if (mayBeIt(to - far)) return to - far;
  }
  return undefined;
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
