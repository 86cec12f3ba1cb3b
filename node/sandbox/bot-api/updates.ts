/** The queue of updates: sequential ids, lifetimes, and the long poll of getUpdates. */
import { EventEmitter } from 'node:events';
import { conflict } from './api-error.ts';
import type { Update } from './shapes.ts';

/**
 * How long Telegram keeps an update it cannot deliver, in seconds
 * (`Client.cpp` of tdlib/telegram-bot-api); the rest stay for a day.
 */
const LIFETIMES: Record<string, number> = {
  callback_query: 150,
  inline_query: 30,
  chosen_inline_result: 600,
};
const DAY = 86_400;

/** Sent only when `allowed_updates` names them. */
const OPT_IN = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);

export interface Pending {
  update: Update;
  kind: string;
  /** Updates of one key are delivered one after the other. */
  key: string;
  /** ms since the epoch. */
  expiresAt: number;
}

export interface PollOptions {
  offset: number;
  limit: number;
  /** Seconds to wait for the first update. */
  timeout: number;
  signal?: AbortSignal | undefined;
}

export class Updates {
  allowed: readonly string[] = [];
  readonly events = new EventEmitter();
  private pending: Pending[] = [];
  private lastId: number;
  private poll: AbortController | undefined;

  constructor(private readonly now: () => number) {
    // Past every id of an earlier run, which a bot with a memory would take for repetitions.
    this.lastId = Math.floor(now() / 1000);
  }

  /** Queues an update; returns its id, or undefined when the bot did not ask for this kind. */
  push(kind: string, payload: unknown, key: string): number | undefined {
    const wanted = this.allowed.length > 0 ? this.allowed.includes(kind) : !OPT_IN.has(kind);
    if (!wanted) return undefined;
    this.lastId += 1;
    const update = { update_id: this.lastId, [kind]: payload };
    const expiresAt = this.now() + (LIFETIMES[kind] ?? DAY) * 1000;
    const entry = { update, kind, key, expiresAt };
    this.pending.push(entry);
    this.events.emit('pushed', entry);
    return this.lastId;
  }

  /** What nobody took yet and is still worth delivering. */
  waiting(): readonly Pending[] {
    const now = this.now();
    this.pending = this.pending.filter((p) => p.expiresAt > now);
    return this.pending;
  }

  confirm(updateId: number): void {
    this.pending = this.pending.filter((p) => p.update.update_id !== updateId);
    this.events.emit('confirmed', updateId);
  }

  clear(): void {
    this.pending = [];
  }

  /** @throws ApiError 409 when another getUpdates takes over */
  async take({ offset, limit, timeout, signal }: PollOptions): Promise<Update[]> {
    this.poll?.abort();
    const mine = new AbortController();
    this.poll = mine;
    this.forget(offset);
    if (this.waiting().length === 0 && timeout > 0) {
      await this.somethingNew(
        timeout * 1000,
        AbortSignal.any([mine.signal, ...(signal ? [signal] : [])]),
      );
    }
    if (mine.signal.aborted) {
      throw conflict(
        'terminated by other getUpdates request; make sure that only one bot instance is running',
      );
    }
    this.poll = undefined;
    return this.waiting()
      .slice(0, limit)
      .map((p) => p.update);
  }

  /** Ends a waiting poll, as a webhook being set does. */
  stopPolling(): void {
    this.poll?.abort();
  }

  /** Everything before the offset counts as taken; a negative one keeps only the last few. */
  private forget(offset: number): void {
    if (offset > 0) this.pending = this.pending.filter((p) => p.update.update_id >= offset);
    if (offset < 0) this.pending = this.pending.slice(offset);
  }

  private somethingNew(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.events.off('pushed', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.events.on('pushed', done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }
}
