/** What the set-up asks of Telegram: whose the token is, and to send updates from now on. */
import { type Config, webhookSettings } from '../config/config.ts';
import { createLog } from '../log.ts';
import { createOutbox } from '../telegram/outbox.ts';
import { createTelegram, type Telegram } from '../telegram/transport.ts';
import { setWebhook } from '../telegram/webhook.ts';
import type { Terminal } from './command.ts';
import type { Answers } from './setup-env.ts';
import { SetupFailed } from './setup-failed.ts';
import { telegramTrouble } from './telegram-trouble.ts';

async function withApi<T>(
  token: string,
  apiRoot: string,
  use: (api: Telegram) => Promise<T>,
): Promise<T> {
  const log = createLog({ level: 'silent', format: 'json' });
  const api = createTelegram({ token, apiRoot, outbox: createOutbox({ log }), log });
  try {
    return await use(api);
  } finally {
    await api.close();
  }
}

/**
 * The bot's name.
 * @throws SetupFailed when Telegram does not know the token or is out of reach
 */
export async function checkToken(token: string, apiRoot: string): Promise<string> {
  if (!/^\d{3,20}:[A-Za-z0-9_-]{10,64}$/.test(token))
    throw new SetupFailed('BOT_TOKEN: expected a token like 123456:ABC… from @BotFather');
  try {
    return await withApi(token, apiRoot, async (api) => (await api.getMe()).username);
  } catch (error) {
    const { unknownToken, detail, nextStep } = telegramTrouble(error, apiRoot);
    const what = unknownToken ? '' : `could not be checked at ${apiRoot}: `;
    throw new SetupFailed(`BOT_TOKEN: ${what}${detail}; ${nextStep}`);
  }
}

/** True when there was nothing to register or it is registered. */
export async function registerWebhook(
  { updates, token, apiRoot }: Config,
  settings: Answers,
  terminal: Terminal,
): Promise<boolean> {
  if (updates.mode === 'polling' || !token) return true;
  const hook = webhookSettings(settings);
  try {
    await withApi(token, apiRoot, (api) => setWebhook(api, hook));
    terminal.out(`✅ Telegram sends updates to ${hook.url}`);
    return true;
  } catch (error) {
    const { detail: why } = telegramTrouble(error, apiRoot);
    terminal.err(
      `❌ The webhook was not set (${why}); \`node dist/node.js webhook set\` tries again`,
    );
    return false;
  }
}
