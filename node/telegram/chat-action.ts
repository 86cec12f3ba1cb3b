/** "sending a video…" at the top of the chat while a file goes up. */
import type { Api } from 'grammy';
import type { ChatRef } from '../../shared/wire.ts';
import type { MediaKind } from '../media/media.ts';

/** Telegram shows an action for five seconds (core.telegram.org/bots/api#sendchataction). */
const EVERY_MS = 4500;

const ACTIONS = {
  video: 'upload_video',
  animation: 'upload_video',
  audio: 'upload_voice',
  photo: 'upload_photo',
  document: 'upload_document',
} as const satisfies Record<MediaKind, string>;

/** Shows it until the answer is called. */
export type ShowUpload = (chat: ChatRef, kind: MediaKind) => () => void;

/** Best effort: whether it is shown never matters to the file. */
export const createShowUpload =
  (api: Api): ShowUpload =>
  (chat, kind) => {
    const show = () => {
      api
        .sendChatAction(chat.id, ACTIONS[kind], {
          ...(chat.threadId !== undefined && { message_thread_id: chat.threadId }),
          ...(chat.businessConnectionId && { business_connection_id: chat.businessConnectionId }),
        })
        .catch(() => clearInterval(timer));
    };
    const timer = setInterval(show, EVERY_MS).unref();
    show();
    return () => clearInterval(timer);
  };
