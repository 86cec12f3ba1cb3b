/** How status messages reach Telegram: as silent replies with buttons, or as a reaction. */
import type { Api } from 'grammy';
import type { JobRow } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import { type SendContext, sendWith } from '../telegram/send-context.ts';
import type { CardTransport, Keyboard } from './card.ts';
import { findable, type StatusWatch } from './findable.ts';
import { findAbove } from './lost-message.ts';
import type { MessageIds } from './message-ids.ts';
import { reactionTransport } from './reaction.ts';

export interface StatusTransport {
  /** `keyboard` is asked at every edit: a paused batch has other buttons than a running one. */
  forJob(job: JobRow, keyboard: () => Keyboard, watch: StatusWatch): CardTransport;
  /** A message of its own, as a reply to what the person sent. */
  say(job: JobRow, text: string, keyboard?: Keyboard): Promise<number>;
}

const NO_PREVIEW = { is_disabled: true };
/** Faults after which a message may still stand there and can be removed later. */
const PASSING = new Set(['flood', 'unreachable', 'uncertain', 'aborted']);

/** Where a job's messages go. */
export function replyTarget(job: JobRow) {
  return {
    ...(job.threadId !== null && { message_thread_id: job.threadId }),
    ...(job.businessId !== null && { business_connection_id: job.businessId }),
    ...(job.replyTo !== null && {
      reply_parameters: { message_id: job.replyTo, allow_sending_without_reply: true },
    }),
  };
}

const markup = (keyboard: Keyboard | undefined) =>
  keyboard && keyboard.length > 0 ? { reply_markup: { inline_keyboard: keyboard } } : {};

const business = (job: JobRow) =>
  job.businessId === null ? {} : { business_connection_id: job.businessId };

/** @param ids hears the answers of this very client */
export function statusTransport(api: Api, ids: MessageIds): StatusTransport {
  const post = (job: JobRow, text: string, keyboard: Keyboard | undefined, silent: boolean) =>
    api.sendMessage(job.chatId, text, {
      ...replyTarget(job),
      ...markup(keyboard),
      ...(silent && { disable_notification: true }),
      link_preview_options: NO_PREVIEW,
    });

  /** Words with buttons are found again when their answer was lost, and so not said twice. */
  const say: StatusTransport['say'] = async (job, text, keyboard = []) => {
    let above = 0;
    const onLastByte = () => {
      above = ids.highest(job);
    };
    const send = () => post(job, text, keyboard, false);
    const sent = await sendWith({ priority: 'final', onLastByte }, send).catch(async (error) => {
      const lost = telegramFault(error).kind === 'uncertain' && keyboard.length > 0;
      const isOthers = (id: number) => ids.isOthers(job, id);
      const search = { above, ahead: 0, buttons: { inline_keyboard: keyboard }, isOthers };
      const found = lost ? await findAbove(api, job, search) : undefined;
      if (found === undefined) throw error;
      ids.seen(job, found);
      return { message_id: found };
    });
    return sent.message_id;
  };

  return {
    say,
    forJob(job, keyboard, watch) {
      ids.seen(job, job.replyTo ?? 0);
      if (job.quiet === 1 && job.replyTo !== null) {
        return reactionTransport(api, job, { say, onSent: watch.onSent });
      }
      const edit = (id: number, text: string, buttons: Keyboard | undefined) =>
        api.editMessageText(job.chatId, id, text, {
          ...business(job),
          ...markup(buttons),
          link_preview_options: NO_PREVIEW,
        });
      const { send, find, findLate } = findable({ api, job, ids, watch });
      const postUnder =
        (buttons: Keyboard, text: string, silent = false) =>
        () =>
          post(job, text, buttons, silent);
      return {
        async send(text, unwanted, newest) {
          const context: SendContext = {
            ...{ priority: 'status', waiting: unwanted },
            newest: () => ({ text: newest() }),
          };
          const buttons = keyboard();
          return (await send({ buttons }, context, postUnder(buttons, text, true))).id;
        },
        findLost: (words) => find({ buttons: keyboard(), words }),
        findLate: () => findLate(keyboard()),
        async edit(id, text) {
          await sendWith({ priority: 'edit' }, () => edit(id, text, keyboard()));
        },
        async settle(id, text, buttons = []) {
          const put = (at: number) => settleByEdit(() => edit(at, text, buttons));
          if (id !== undefined && (await put(id))) return;
          const mark = { buttons: keyboard(), words: text };
          const sent = await send(mark, { priority: 'final' }, postUnder(buttons, text));
          // The search took their buttons.
          if (sent.searched) await put(sent.id);
        },
        async ask(id, text, buttons) {
          if (id !== undefined && (await settleByEdit(() => edit(id, text, buttons)))) return;
          await send({ buttons }, { priority: 'final' }, postUnder(buttons, text));
        },
        async remove(id) {
          await sendWith({ priority: 'answer' }, () => api.deleteMessage(job.chatId, id)).catch(
            (error) => {
              if (PASSING.has(telegramFault(error).kind)) throw error;
            },
          );
        },
      };
    },
  };
}

/** False when the message is gone and the words need one of their own. */
async function settleByEdit(edit: () => Promise<unknown>): Promise<boolean> {
  try {
    await sendWith({ priority: 'final' }, edit);
    return true;
  } catch (error) {
    const { kind } = telegramFault(error);
    if (kind === 'not_modified') return true;
    if (kind === 'message_gone') return false;
    throw error;
  }
}
