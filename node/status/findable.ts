/** A message that is found again by its buttons when its answer, or who sent it, is lost. */
import type { Api } from 'grammy';
import type { NearMessages } from '../store/message-ids.ts';
import type { JobRow } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import { type SendContext, sendWith } from '../telegram/send-context.ts';
import type { Keyboard } from './card.ts';
import { findAbove } from './lost-message.ts';
import type { MessageIds } from './message-ids.ts';

export interface StatusWatch {
  onSent(messageId: number): Promise<void>;
  /** Just before the first message leaves: its id will be above this one. */
  onLeaving(above: number): Promise<void>;
  /** What the database knows of the messages above that id. */
  near(above: number): Promise<NearMessages>;
}

export interface FindableParts {
  api: Api;
  job: JobRow;
  ids: MessageIds;
  watch: StatusWatch;
}

export interface Findable {
  /** Sends what bears this mark; an answer that is lost is searched for by it. */
  send(
    mark: Mark,
    context: SendContext,
    post: () => Promise<{ message_id: number }>,
  ): Promise<{ id: number; searched: boolean }>;
  /** One that may stand there unheard of; undefined at once when none may. */
  find(mark: Mark): Promise<number | undefined> | undefined;
  /**
   * One that a search missed, because Telegram acted on it only after the search; undefined at
   * once when none was missed. It is nobody's message any more and can only be taken away.
   */
  findLate(buttons: Keyboard): Promise<number | undefined> | undefined;
}

/** What tells a message from others. */
export interface Mark {
  buttons: Keyboard;
  /** Words that may stand there under other buttons; see `Search`. */
  words?: string | undefined;
}

export function findable({ api, job, ids, watch }: FindableParts): Findable {
  /** A message above this id may stand there unheard of. */
  let floor = job.statusMessageId === null ? job.statusFloor : null;
  let shown = job.statusMessageId ?? undefined;
  /** One above this id was looked for and not found. */
  let missed: number | null = null;

  async function known(id: number): Promise<number> {
    floor = null;
    shown = id;
    ids.seen(job, id);
    await watch.onSent(id);
    return id;
  }

  async function look({ buttons, words }: Mark, above: number): Promise<number | undefined> {
    const { own, known: others, ahead } = await watch.near(above);
    if (own !== undefined && own !== shown) return own;
    return findAbove(api, job, {
      ...{ above, ahead, words },
      buttons: { inline_keyboard: buttons },
      isOthers: (id) => others.has(id) || ids.isOthers(job, id),
    });
  }

  async function search(mark: Mark, above: number): Promise<number | undefined> {
    const id = await look(mark, above);
    floor = null;
    if (id !== undefined) return known(id);
    missed ??= above;
    return undefined;
  }

  async function searchAgain(buttons: Keyboard, above: number): Promise<number | undefined> {
    missed = null;
    const id = await look({ buttons }, above);
    if (id !== undefined) ids.seen(job, id);
    return id;
  }

  return {
    find: (mark) => (floor === null ? undefined : search(mark, floor)),
    findLate: (buttons) => (missed === null ? undefined : searchAgain(buttons, missed)),
    async send(mark, context, post) {
      const onLastByte = () => {
        floor = ids.highest(job);
        return watch.onLeaving(floor);
      };
      let searched = false;
      const message = await sendWith({ ...context, onLastByte }, post).catch(async (error) => {
        // Anything else says that it did not arrive.
        if (telegramFault(error).kind !== 'uncertain') floor = null;
        searched = floor !== null;
        const found = floor === null ? undefined : await search(mark, floor);
        if (found === undefined) throw error;
        return { message_id: found };
      });
      return { id: await known(message.message_id), searched };
    },
  };
}
