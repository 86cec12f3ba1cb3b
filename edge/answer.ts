/**
 * What the edge says itself. It holds no bot token: a Bot API method in the body of the answer
 * to a webhook is carried out by Telegram
 * (https://core.telegram.org/bots/api#making-requests-when-getting-updates).
 */
import type { Verdict } from '../shared/limiter.ts';
import { langOf } from '../shared/texts/lang.ts';
import { refusalsFor } from '../shared/texts/refusals.ts';
import type { JobRequest } from '../shared/wire.ts';

export type Refusal = Extract<Verdict, { admit: false }>;

/** Seconds after which Telegram should send an update again; it obeys up to an hour. */
export const RETRY_AFTER_S = 10;

/** Short, because the answer is about the next seconds only. */
const INLINE_CACHE_S = 5;

const textsOf = ({ user }: JobRequest) => refusalsFor(langOf(user.languageCode));

/** Taken, refused in silence or not understood: Telegram need not send it again. */
export const done = () => new Response(null, { status: 200 });

/** Telegram keeps the update and sends it again; 410 would make it forget the webhook. */
export const sendAgain = () =>
  new Response(null, { status: 503, headers: { 'Retry-After': String(RETRY_AFTER_S) } });

/** The one polite answer to a person over the limit: how long to wait, as a reply. */
export function tooFast(request: JobRequest, refusal: Refusal, now: number): Response {
  const { chat, messageId } = request;
  const seconds = Math.max(1, Math.ceil((refusal.retryAt - now) / 1000));
  return Response.json({
    method: 'sendMessage',
    chat_id: chat.id,
    text: textsOf(request).rateLimited({ seconds, scope: refusal.scope }),
    ...(messageId === undefined
      ? {}
      : { reply_parameters: { message_id: messageId, allow_sending_without_reply: true } }),
    ...(chat.threadId === undefined ? {} : { message_thread_id: chat.threadId }),
    ...(chat.businessConnectionId === undefined
      ? {}
      : { business_connection_id: chat.businessConnectionId }),
  });
}

/**
 * The node did not take the job. A message is worth keeping for a day; a button press is worth
 * nothing after 150 s and an inline query after 30 s, and sending those again would only hold up
 * what the person does next, so they are answered at once.
 */
export function notTaken(request: JobRequest): Response {
  const { ask } = request;
  if (ask.kind === 'button') {
    return Response.json({
      method: 'answerCallbackQuery',
      callback_query_id: ask.queryId,
      text: textsOf(request).busyButton,
      show_alert: true,
    });
  }
  if (ask.kind === 'inline') {
    return Response.json({
      method: 'answerInlineQuery',
      inline_query_id: ask.queryId,
      results: [],
      cache_time: INLINE_CACHE_S,
      is_personal: true,
    });
  }
  return sendAgain();
}
