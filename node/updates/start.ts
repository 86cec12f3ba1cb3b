/** Where updates come from: asked for, sent to the node's own webhook, or by a remote edge. */
import type { Api } from 'grammy';
import { GrammyError } from 'grammy';
import type { Hono } from 'hono';
import type { Cluster } from '../cluster/cluster.ts';
import type { Updates } from '../config/config.ts';
import type { Log } from '../log.ts';
import { startPolling } from '../telegram/polling.ts';
import { setWebhook } from '../telegram/webhook.ts';
import { webhookAnswer } from './webhook-answer.ts';

export interface StartUpdates {
  updates: Updates;
  api: Api;
  log: Log;
  /** The embedded edge: polled updates go through the same door as everybody's. */
  edge: { app: Hono; secret: string };
  /** Of several nodes one asks Telegram, and one tells it the webhook. */
  cluster: Pick<Cluster, 'duty' | 'once'>;
  /** The bot's username is known. */
  onName(name: string): void;
}

export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

const NAME_RETRY_MS = 15_000;

/** @throws TokenRefused when Telegram does not know the token */
export async function startUpdates(options: StartUpdates): Promise<{ stop(): Promise<void> }> {
  const { updates, api, log, cluster } = options;
  const stopping = new AbortController();
  await learnName(options, stopping.signal);
  let done = Promise.resolve();
  if (updates.mode === 'polling') {
    cluster.duty('polling', (signal) => {
      if (stopping.signal.aborted) return Promise.resolve();
      done = poll(options, AbortSignal.any([signal, stopping.signal]));
      return done;
    });
  }
  if (updates.mode === 'webhook' && updates.url && (await cluster.once('webhook'))) {
    await setWebhook(api, { url: updates.url, secret: updates.secret }).catch((err) => {
      log.error(
        { err },
        'the webhook could not be set: `node dist/node.js webhook set` tries again',
      );
    });
  }
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** Telegram being out of reach is no reason not to start: jobs may wait for it. */
async function learnName({ api, log, onName }: StartUpdates, signal: AbortSignal): Promise<void> {
  const ask = async () => onName((await api.getMe(signal as never)).username);
  try {
    await ask();
  } catch (error) {
    if (error instanceof GrammyError && [401, 404].includes(error.error_code)) {
      throw new TokenRefused(
        'BOT_TOKEN: Telegram does not know this token; copy it again from @BotFather',
      );
    }
    log.warn({ err: error }, 'Telegram is out of reach; trying on');
    const again = setInterval(() => {
      ask().then(
        () => clearInterval(again),
        () => log.debug('Telegram is still out of reach'),
      );
    }, NAME_RETRY_MS).unref();
    signal.addEventListener('abort', () => clearInterval(again));
  }
}

function poll({ api, edge, log }: StartUpdates, signal: AbortSignal): Promise<void> {
  return startPolling({
    api,
    signal,
    log,
    async handle(update) {
      const response = await edge.app.request('/webhook', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'X-Telegram-Bot-Api-Secret-Token': edge.secret,
        },
        body: JSON.stringify(update),
      });
      if (response.status === 503) {
        return { retryAfter: Number(response.headers.get('Retry-After') ?? 10) };
      }
      await webhookAnswer(api, await response.text(), log);
      return {};
    },
  });
}
