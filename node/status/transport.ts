/** How status messages reach Telegram: as silent replies with buttons, or as a reaction. */
import type { Api } from 'grammy';
import type { JobRow } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import { sendWith } from '../telegram/send-context.ts';
import type { CardTransport, Keyboard } from './card.ts';
import { findLost, messageIds } from './lost-message.ts';
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
      const lookFor = (above: number) =>
        findLost(api, job, { above, buttons: { inline_keyboard: keyboard() } });
      /** Its answer was lost, and nobody would take it away. */
      const arrivedUnheard = async (error: unknown, above: number): Promise<number> => {
        const id = telegramFault(error).kind === 'uncertain' ? await lookFor(above) : undefined;
        if (id === undefined) throw error;
        return id;
      };
      return {
        async send(text, unwanted) {
          let above = 0;
          const onLastByte = () => {
            above = ids.highest(job);
            return onLeaving(above);
          };
          const context = { priority: 'status', waiting: unwanted, onLastByte } as const;
          const send = () =>
            api.sendMessage(job.chatId, text, {
              ...replyTarget(job),
              ...markup(keyboard()),
              disable_notification: true,
              link_preview_options: NO_PREVIEW,
            });
          const id = await sendWith(context, send).then(
            (message) => message.message_id,
            (error) => arrivedUnheard(error, above),
          );
          ids.seen(job, id);
          await onSent(id);
          return id;
        },
        findLost: () => lookFor(job.statusFloor ?? 0),
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
