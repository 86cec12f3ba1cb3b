/** How status messages reach Telegram: as silent replies with buttons, or as a reaction. */
import type { Api } from 'grammy';
import type { JobRow } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import { sendWith } from '../telegram/send-context.ts';
import type { CardTransport, Keyboard } from './card.ts';
import { findAbove, messageIds } from './lost-message.ts';
import { reactionTransport } from './reaction.ts';

export interface StatusWatch {
  onSent(messageId: number): Promise<void>;
  /** Just before the first message leaves: its id will be above this one. */
  onLeaving(above: number): Promise<void>;
}

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

export function statusTransport(api: Api): StatusTransport {
  const ids = messageIds();
  const say: StatusTransport['say'] = async (job, text, keyboard) => {
    const message = await sendWith({ priority: 'final' }, () =>
      api.sendMessage(job.chatId, text, {
        ...replyTarget(job),
        ...markup(keyboard),
        link_preview_options: NO_PREVIEW,
      }),
    );
    return message.message_id;
  };

  return {
    say,
    forJob(job, keyboard, { onSent, onLeaving }) {
      ids.seen(job, job.replyTo ?? 0);
      if (job.quiet === 1 && job.replyTo !== null) {
        return reactionTransport(api, job, { say, onSent });
      }
      const edit = (id: number, text: string, buttons: Keyboard | undefined) =>
        api.editMessageText(job.chatId, id, text, {
          ...business(job),
          ...markup(buttons),
          link_preview_options: NO_PREVIEW,
        });
      /** A message above this id may stand there unheard of. */
      let floor = job.statusMessageId === null ? job.statusFloor : null;
      const known = async (id: number) => {
        floor = null;
        ids.seen(job, id);
        await onSent(id);
        return id;
      };
      const findLost = async (above: number) => {
        const id = await findAbove(api, job, { above, buttons: { inline_keyboard: keyboard() } });
        floor = null;
        return id === undefined ? undefined : known(id);
      };
      return {
        async send(text, unwanted) {
          const onLastByte = () => {
            floor = ids.highest(job);
            return onLeaving(floor);
          };
          const context = { priority: 'status', waiting: unwanted, onLastByte } as const;
          const send = () =>
            api.sendMessage(job.chatId, text, {
              ...replyTarget(job),
              ...markup(keyboard()),
              disable_notification: true,
              link_preview_options: NO_PREVIEW,
            });
          const message = await sendWith(context, send).catch(async (error) => {
            // Anything else says that it did not arrive.
            if (telegramFault(error).kind !== 'uncertain') floor = null;
            const found = floor === null ? undefined : await findLost(floor);
            if (found === undefined) throw error;
            return { message_id: found };
          });
          return known(message.message_id);
        },
        findLost: () => (floor === null ? undefined : findLost(floor)),
        async edit(id, text) {
          await sendWith({ priority: 'edit' }, () => edit(id, text, keyboard()));
        },
        async settle(id, text, buttons) {
          const edited = id !== undefined && (await settleByEdit(() => edit(id, text, buttons)));
          if (!edited) await say(job, text, buttons);
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
