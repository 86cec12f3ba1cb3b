/** Telling Telegram where to send updates: what the `webhook` command and the start do. */
import type { Api } from 'grammy';
import type { WebhookInfo } from 'grammy/types';
import { UPDATE_KINDS } from '../../shared/update.ts';

export interface WebhookSettings {
  /** Public https URL. */
  url: string;
  /** Comes back with every update; 1–256 of `A–Z a–z 0–9 _ -`. */
  secret: string;
  /** Updates sent at once, 1–100. */
  maxConnections?: number;
}

/** Registers the webhook; what waits at Telegram is kept. */
export async function setWebhook(api: Api, settings: WebhookSettings): Promise<void> {
  await api.setWebhook(settings.url, {
    secret_token: settings.secret,
    max_connections: settings.maxConnections ?? 40,
    // Named each time: when omitted, Telegram keeps what an earlier version asked for.
    allowed_updates: [...UPDATE_KINDS],
  });
}

export const webhookInfo = (api: Api): Promise<WebhookInfo> => api.getWebhookInfo();

/** Updates that wait are kept for whoever polls next. */
export async function deleteWebhook(api: Api): Promise<void> {
  await api.deleteWebhook();
}
