/**
 * What the edge says itself rides in the webhook's response. When updates were asked for there
 * is no response to ride in, so the call is made.
 */
import type { Api } from 'grammy';
import * as v from 'valibot';
import type { Log } from '../log.ts';

const Call = v.looseObject({
  method: v.picklist(['sendMessage', 'answerCallbackQuery', 'answerInlineQuery', 'sendChatAction']),
});

/** Makes the Bot API call a webhook answer stands for; an empty answer stands for none. */
export async function webhookAnswer(api: Api, body: string, log: Log): Promise<void> {
  if (body === '') return;
  const { method, ...payload } = v.parse(Call, JSON.parse(body));
  await (api.raw[method] as (payload: object) => Promise<unknown>)(payload).catch((err) => {
    // As over the webhook: nobody would learn that it failed, and it is not worth a second try.
    log.warn({ method, err }, "the edge's answer did not get through");
  });
}
