/** getUpdates as the source of updates: each one stays Telegram's until it was taken here. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from 'grammy';
import type { Update } from 'grammy/types';
import { UPDATE_KINDS } from '../../shared/update.ts';
import type { Log } from '../log.ts';
import { telegramFault } from './errors.ts';

/** Seconds a request waits for something to happen. */
const POLL_SECONDS = 30;
const LONGEST_PAUSE_MS = 30_000;

export interface PollingOptions {
  api: Api;
  /** Takes one update; `retryAfter` (seconds) when it could not be taken now. */
  handle(update: Update): Promise<{ retryAfter?: number | undefined }>;
  /** Ends the loop; an update being handled is waited for. */
  signal: AbortSignal;
  log: Log;
  /** Milliseconds; rejects when the signal aborts. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  random?: () => number;
}

/**
 * Runs until `signal` aborts.
 * @throws Error when the token is not accepted: nothing but another token helps
 */
export async function startPolling(options: PollingOptions): Promise<void> {
  const { signal } = options;
  const pause = pauser(options);
  // A webhook, even a forgotten one, makes every getUpdates a 409.
  await persist(options, pause, () => options.api.deleteWebhook({}, signal as never));
  let offset = 0;
  while (!signal.aborted) {
    const updates = await persist(options, pause, () => getUpdates(options, offset));
    for (const update of updates ?? []) {
      if (!(await take(options, pause, update))) return;
      offset = update.update_id + 1;
    }
  }
}

function getUpdates({ api, signal }: PollingOptions, offset: number) {
  const fields = { offset, timeout: POLL_SECONDS, allowed_updates: [...UPDATE_KINDS] };
  return api.getUpdates(fields, signal as never);
}

type Pause = (ms: number) => Promise<void>;

function pauser({ signal, sleep = realSleep }: PollingOptions): Pause {
  return async (ms) => {
    // An abort ends the pause early; the loops look at the signal themselves.
    await sleep(ms, signal).catch(() => undefined);
  };
}

const realSleep = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal });

/** Offers one update until it is taken: the ones behind it wait, as Telegram would keep them. */
async function take({ handle, signal, log }: PollingOptions, pause: Pause, update: Update) {
  while (!signal.aborted) {
    const { retryAfter } = await handle(update).catch((error: unknown) => {
      log.error({ err: error, update: update.update_id }, 'An update could not be handled');
      return { retryAfter: 10 };
    });
    if (retryAfter === undefined) return true;
    await pause(retryAfter * 1000);
  }
  return false;
}

/** Repeats a call until it works, with growing pauses; `undefined` once the signal aborts. */
async function persist<T>(options: PollingOptions, pause: Pause, call: () => Promise<T>) {
  for (let failures = 0; !options.signal.aborted; failures++) {
    try {
      return await call();
    } catch (error) {
      if (options.signal.aborted) return undefined;
      await pause(pauseAfter(error, failures, options));
    }
  }
  return undefined;
}

function pauseAfter(error: unknown, failures: number, options: PollingOptions): number {
  const { log, random = Math.random } = options;
  const fault = telegramFault(error);
  if (fault.kind === 'unauthorized' || isNotFound(error))
    throw new Error('Telegram does not know this BOT_TOKEN: copy it again from @BotFather');
  if (fault.kind === 'flood') return fault.retryAfter * 1000;
  if (fault.kind === 'conflict')
    log.error('Another program polls with the same BOT_TOKEN: stop it, or use another token');
  else log.warn({ kind: fault.kind, why: String(error) }, 'No updates from Telegram, trying again');
  const longest = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(failures, 10));
  return longest * (0.5 + random() / 2);
}

/** A token of the wrong shape is answered with 404. */
const isNotFound = (error: unknown) =>
  typeof error === 'object' && error !== null && 'error_code' in error && error.error_code === 404;
