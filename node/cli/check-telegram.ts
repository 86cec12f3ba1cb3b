/** Whether Telegram knows the token, and where updates are to go. */
import { request } from 'undici';
import type { Config } from '../config/config.ts';
import type { Check } from '../health/check.ts';
import { webhookCheck } from '../health/telegram-checks.ts';
import { span } from '../health/words.ts';
import type { Log } from '../log.ts';
import { createOutbox } from '../telegram/outbox.ts';
import { createTelegram } from '../telegram/transport.ts';
import { telegramTrouble } from './telegram-trouble.ts';

export async function telegramChecks(config: Config, token: string, log: Log): Promise<Check[]> {
  const { apiRoot, updates } = config;
  const api = createTelegram({ token, apiRoot, outbox: createOutbox({ log }), log });
  try {
    const { username } = await api.getMe();
    const me: Check = { name: 'telegram', state: 'ok', detail: `@${username} at ${apiRoot}` };
    const expected =
      updates.mode === 'polling' ? undefined : ('url' in updates && updates.url) || '';
    return [me, webhookCheck(await api.getWebhookInfo(), expected, Date.now())];
  } catch (error) {
    return [refused(error, apiRoot)];
  } finally {
    await api.close();
  }
}

/** Seconds that an answer may take on its way. */
const NEAR_S = 10;

/**
 * The clock of this machine beside Telegram's, by the date of any answer. No check where nothing
 * answers: the line of Telegram tells why.
 */
export async function clockCheck(apiRoot: string, now: () => number = Date.now): Promise<Check[]> {
  const answer = await request(apiRoot, { signal: AbortSignal.timeout(10_000) }).catch(() => {
    // Told by the line of Telegram, which is asked at the same time.
  });
  await answer?.body.dump();
  const theirs = Date.parse(String(answer?.headers.date));
  if (Number.isNaN(theirs)) return [];
  const off = now() - theirs;
  const name = 'clock';
  if (Math.abs(off) < NEAR_S * 1000)
    return [{ name, state: 'ok', detail: "agrees with Telegram's" }];
  const detail = `${span(Math.abs(off))} ${off > 0 ? 'ahead of' : 'behind'} Telegram's`;
  const nextStep =
    'set the clock (`timedatectl set-ntp true`): an edge and a node more than 5 min apart refuse each other';
  return [{ name, state: 'warn', detail, nextStep }];
}

function refused(error: unknown, apiRoot: string): Check {
  const { detail, nextStep } = telegramTrouble(error, apiRoot);
  return { name: 'telegram', state: 'bad', detail, nextStep };
}
