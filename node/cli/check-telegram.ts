/** Whether Telegram knows the token, and where updates are to go. */
import type { Config } from '../config/config.ts';
import type { Check } from '../health/check.ts';
import { webhookCheck } from '../health/telegram-checks.ts';
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

function refused(error: unknown, apiRoot: string): Check {
  const { detail, nextStep } = telegramTrouble(error, apiRoot);
  return { name: 'telegram', state: 'bad', detail, nextStep };
}
