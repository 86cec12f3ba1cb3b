/**
 * Delivers updates to the bot's webhook as the official server does
 * (`WebhookActor.cpp` of tdlib/telegram-bot-api): one queue per chat with only its front in
 * flight, success for 2xx alone, `Retry-After` honoured, otherwise 0, 2, 4, 8 … seconds.
 */
import type { Log } from '../../log.ts';
import type { Pending, Updates } from './updates.ts';

export interface WebhookSettings {
  url: string;
  secret?: string | undefined;
  maxConnections: number;
}

export interface WebhookInfo {
  url: string;
  has_custom_certificate: false;
  pending_update_count: number;
  max_connections?: number;
  last_error_date?: number;
  last_error_message?: string;
  allowed_updates?: string[];
}

export interface WebhookDeps {
  updates: Updates;
  now: () => number;
  /** Resolves after `ms`, or at once when the signal fires. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Runs the method a webhook answered with. */
  execute: (method: string, fields: Record<string, unknown>) => Promise<unknown>;
  log?: Log | undefined;
}

/** Seconds the bot has for its answer. */
const ANSWER_TIMEOUT_MS = 60_000;
const MAX_RETRY_AFTER = 3600;

/** Ignored in an answer: the official server refuses to let a webhook unset itself. */
const NOT_IN_ANSWER = /^(deleteWebhook|setWebhook|close|logOut|get.*)$/i;

type Delivery = { ok: true } | { ok: false; why: string; retryAfter?: number | undefined };

export class Webhook {
  settings: WebhookSettings | undefined;
  private run = new AbortController();
  private readonly queues = new Map<string, Pending[]>();
  private inFlight = 0;
  private readonly slots: (() => void)[] = [];
  private lastError: { at: number; message: string } | undefined;

  constructor(private readonly deps: WebhookDeps) {
    deps.updates.events.on('pushed', (entry: Pending) => {
      if (this.settings) this.enqueue(entry);
    });
  }

  start(settings: WebhookSettings): void {
    this.stop();
    this.settings = settings;
    this.lastError = undefined;
    for (const entry of this.deps.updates.waiting()) this.enqueue(entry);
  }

  stop(): void {
    this.settings = undefined;
    this.run.abort();
    this.run = new AbortController();
    this.queues.clear();
  }

  info(): WebhookInfo {
    const { updates } = this.deps;
    return {
      url: this.settings?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: updates.waiting().length,
      ...(this.settings && { max_connections: this.settings.maxConnections }),
      ...(this.lastError && {
        last_error_date: Math.floor(this.lastError.at / 1000),
        last_error_message: this.lastError.message,
      }),
      ...(updates.allowed.length > 0 && { allowed_updates: [...updates.allowed] }),
    };
  }

  private enqueue(entry: Pending): void {
    const queue = this.queues.get(entry.key);
    if (queue) {
      queue.push(entry);
      return;
    }
    this.queues.set(entry.key, [entry]);
    void this.drain(entry.key, this.run.signal);
  }

  /** One queue from front to end; another run of the webhook starts its own. */
  private async drain(key: string, signal: AbortSignal): Promise<void> {
    const queue = this.queues.get(key) ?? [];
    for (let entry = queue[0]; entry && !signal.aborted; entry = queue[0]) {
      await this.deliver(entry, signal);
      queue.shift();
    }
    if (!signal.aborted) this.queues.delete(key);
  }

  /** Tries until it is taken, expired or the webhook is gone. */
  private async deliver(entry: Pending, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      const result = await this.post(entry, signal);
      if (signal.aborted) return;
      if (result.ok) break;
      this.lastError = { at: this.deps.now(), message: result.why };
      const delay = (result.retryAfter ?? backoff(failures)) * 1000;
      if (this.deps.now() + delay > entry.expiresAt) break;
      await this.deps.sleep(delay, signal);
    }
    if (!signal.aborted) this.deps.updates.confirm(entry.update.update_id);
  }

  private async post(entry: Pending, signal: AbortSignal): Promise<Delivery> {
    const settings = this.settings;
    if (!settings) return { ok: false, why: 'the webhook is gone' };
    await this.slot(settings.maxConnections);
    try {
      return await this.request(settings, entry, signal);
    } catch (cause) {
      this.deps.log?.debug({ err: cause, url: settings.url }, 'sandbox: webhook not reached');
      return {
        ok: false,
        why: `Connection failed: ${cause instanceof Error ? cause.message : cause}`,
      };
    } finally {
      this.inFlight -= 1;
      this.slots.shift()?.();
    }
  }

  private async request(
    settings: WebhookSettings,
    entry: Pending,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const response = await fetch(settings.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        ...(settings.secret && { 'x-telegram-bot-api-secret-token': settings.secret }),
      },
      body: JSON.stringify(entry.update),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    const body = await response.text();
    if (response.ok) {
      await this.answer(body);
      return { ok: true };
    }
    const why = `Wrong response from the webhook: ${response.status} ${response.statusText}`;
    return { ok: false, why, retryAfter: retryAfterOf(response) };
  }

  /** Runs the call that stands in the answer; its result reaches nobody. */
  private async answer(body: string): Promise<void> {
    const { method, ...fields } = parseAnswer(body);
    if (typeof method !== 'string' || NOT_IN_ANSWER.test(method)) return;
    await this.deps.execute(method, fields);
  }

  private async slot(max: number): Promise<void> {
    while (this.inFlight >= max) await new Promise<void>((go) => this.slots.push(go));
    this.inFlight += 1;
  }
}

function parseAnswer(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Anything may stand in an answer; only a call means something.
  }
  return {};
}

function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null || !/^\d+$/.test(header.trim())) return undefined;
  return Math.min(Number(header), MAX_RETRY_AFTER);
}

/** Seconds before try number `failures + 1`. */
function backoff(failures: number): number {
  return failures === 0 ? 0 : Math.min(2 ** failures, 60 + Math.random() * 60);
}
