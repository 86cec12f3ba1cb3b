/** `webhook set|info|delete`: where Telegram sends updates, in `webhook` and `edge` mode. */
import type { Api } from 'grammy';
import { ConfigError, loadConfig, webhookSettings } from '../config/config.ts';
import { span } from '../health/words.ts';
import { createLog } from '../log.ts';
import { createOutbox } from '../telegram/outbox.ts';
import { createTelegram } from '../telegram/transport.ts';
import { deleteWebhook, setWebhook, webhookInfo } from '../telegram/webhook.ts';
import type { Command, CommandContext, Terminal } from './command.ts';
import { telegramTrouble } from './telegram-trouble.ts';

const USAGE = 'Usage: webhook set|info|delete';

export const webhook: Command = async ([what, ...rest], context) => {
  const act = what && Object.hasOwn(ACTIONS, what) ? ACTIONS[what] : undefined;
  if (!act || rest.length > 0) {
    context.terminal.err(USAGE);
    return 2;
  }
  const { token, apiRoot, log: options } = loadConfig(context.env);
  if (!token)
    throw new ConfigError('BOT_TOKEN: expected a token, found nothing; the sandbox has no webhook');
  const log = createLog({ ...options, level: 'error' });
  const api = createTelegram({ token, apiRoot, outbox: createOutbox({ log }), log });
  try {
    await act(api, context);
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { detail, nextStep } = telegramTrouble(error, apiRoot);
    context.terminal.err(`${detail}; ${nextStep}`);
    return 1;
  } finally {
    await api.close();
  }
};

type Action = (api: Api, context: CommandContext) => Promise<void>;

const ACTIONS: Record<string, Action> = {
  async set(api, { env, terminal }) {
    const settings = webhookSettings(env);
    await setWebhook(api, settings);
    terminal.out(`Telegram sends updates to ${settings.url}`);
    await show(api, terminal);
  },
  info: (api, { terminal }) => show(api, terminal),
  async delete(api, { terminal }) {
    await deleteWebhook(api);
    terminal.out('Deleted; what waited at Telegram is kept for whoever asks next.');
  },
};

async function show(api: Api, terminal: Terminal): Promise<void> {
  const info = await webhookInfo(api);
  terminal.out(`address   ${info.url || 'none'}`);
  terminal.out(`waiting   ${info.pending_update_count} updates`);
  if (info.last_error_date === undefined) return;
  const age = span(Date.now() - info.last_error_date * 1000);
  terminal.out(`trouble   ${age} ago: ${info.last_error_message ?? 'unknown'}`);
}
