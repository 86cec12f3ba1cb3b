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
  /** Sends under these buttons; an answer that is lost is searched for. Answers the id. */
  send(
    buttons: Keyboard,
    context: SendContext,
    post: () => Promise<{ message_id: number }>,
  ): Promise<number>;
  /** One that may stand there unheard of; undefined at once when none may. */
  find(buttons: Keyboard): Promise<number | undefined> | undefined;
  /**
   * One that a search missed, because Telegram acted on it only after the search; undefined at
   * once when none was missed. It is nobody's message any more and can only be taken away.
   */
  findLate(buttons: Keyboard): Promise<number | undefined> | undefined;
}

export function findable({ api, job, ids, watch }: FindableParts): Findable {
  /** A message above this id may stand there unheard of. */
  let floor = job.statusMessageId === null ? job.statusFloor : null;
  /** One above this id was looked for and not found. */
  let missed: number | null = null;

  async function known(id: number): Promise<number> {
    floor = null;
    ids.seen(job, id);
    await watch.onSent(id);
    return id;
  }

  async function look(buttons: Keyboard, above: number): Promise<number | undefined> {
    const { known: others, ahead } = await watch.near(above);
    const isOthers = (id: number) => others.has(id) || ids.isOthers(job, id);
    return findAbove(api, job, { above, ahead, buttons: { inline_keyboard: buttons }, isOthers });
  }

  async function search(buttons: Keyboard, above: number): Promise<number | undefined> {
    const id = await look(buttons, above);
    floor = null;
    if (id !== undefined) return known(id);
    missed ??= above;
    return undefined;
  }

  async function searchAgain(buttons: Keyboard, above: number): Promise<number | undefined> {
    missed = null;
    const id = await look(buttons, above);
    if (id !== undefined) ids.seen(job, id);
    return id;
  }

  return {
    find: (buttons) => (floor === null ? undefined : search(buttons, floor)),
    findLate: (buttons) => (missed === null ? undefined : searchAgain(buttons, missed)),
    async send(buttons, context, post) {
      const onLastByte = () => {
        floor = ids.highest(job);
        return watch.onLeaving(floor);
      };
      const message = await sendWith({ ...context, onLastByte }, post).catch(async (error) => {
        // Anything else says that it did not arrive.
        if (telegramFault(error).kind !== 'uncertain') floor = null;
        const found = floor === null ? undefined : await search(buttons, floor);
        if (found === undefined) throw error;
        return { message_id: found };
      });
      return known(message.message_id);
    },
  };
}
