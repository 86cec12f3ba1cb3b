/**
 * When the next message may leave: Telegram's limits as arithmetic, without queue or timer.
 * 30 a second in all, one a second in a private chat after a short burst, 20 a minute in a group
 * (core.telegram.org/bots/faq); whatever `retry_after` says comes before all of them.
 */
import type { CallKind } from './call-kind.ts';

export interface SendLimits {
  perSecond: number;
  perGroupMinute: number;
  /** Messages a rested private chat takes at once. */
  burst: number;
  /** Places that progress leaves free for what matters: in all and per group. */
  keptFree: { perSecond: number; perGroupMinute: number; burst: number };
}

export const TELEGRAM_LIMITS: SendLimits = {
  perSecond: 30,
  perGroupMinute: 20,
  burst: 5,
  keptFree: { perSecond: 20, perGroupMinute: 6, burst: 1 },
};

/** What one of several nodes may send, so that all together keep to Telegram's limit for a bot. */
export function shareOf(limits: SendLimits, nodes: number): SendLimits {
  if (nodes <= 1) return limits;
  const perSecond = Math.max(1, Math.floor(limits.perSecond / nodes));
  const kept = Math.min(perSecond - 1, Math.floor(limits.keptFree.perSecond / nodes));
  return { ...limits, perSecond, keptFree: { ...limits.keptFree, perSecond: kept } };
}

/** So many chats refused within this time: the limit for all of them was hit. */
const STORM = { chats: 3, ms: 10_000 };
const TIDY_ABOVE = 1000;

interface Gate {
  /** Milliseconds until `cost` fits while `kept` places stay free. */
  wait(now: number, cost: number, kept: number): number;
  take(now: number, cost: number): void;
  /** Nothing remembered: same as a new one. */
  rested(now: number): boolean;
}

interface Chat {
  gate: Gate;
  group: boolean;
  pausedUntil: number;
}

export class SendBudget {
  readonly #limits: () => SendLimits;
  readonly #all: Gate;
  readonly #chats = new Map<string, Chat>();
  #allPausedUntil = 0;
  #floods: { chat: string; at: number; until: number }[] = [];

  constructor(limits: SendLimits | (() => SendLimits) = TELEGRAM_LIMITS) {
    this.#limits = typeof limits === 'function' ? limits : () => limits;
    this.#all = slidingWindow(() => this.#limits().perSecond, 1000);
  }

  /** Milliseconds until anything at all may leave. */
  waitForAll(now: number, { cost, priority }: CallKind): number {
    const kept = priority === 'edit' ? this.#limits().keptFree.perSecond : 0;
    return Math.max(this.#allPausedUntil - now, this.#all.wait(now, cost, kept), 0);
  }

  /** Milliseconds until this chat may get it. */
  waitForChat(now: number, { chat: id, cost, priority }: CallKind): number {
    if (id === undefined) return 0;
    const chat = this.#chat(id, now);
    const { keptFree } = this.#limits();
    const spare = chat.group ? keptFree.perGroupMinute : keptFree.burst;
    const kept = priority === 'edit' ? spare : 0;
    return Math.max(chat.pausedUntil - now, chat.gate.wait(now, cost, kept), 0);
  }

  take(now: number, { chat, cost }: CallKind): void {
    if (cost === 0) return;
    this.#all.take(now, cost);
    if (chat !== undefined) this.#chat(chat, now).gate.take(now, cost);
  }

  /** Telegram said 429: this chat rests, and everything does when many chats are told so. */
  pause(now: number, chat: string | undefined, seconds: number): void {
    const until = now + seconds * 1000;
    if (chat === undefined) {
      this.#allPausedUntil = Math.max(this.#allPausedUntil, until);
      return;
    }
    const state = this.#chat(chat, now);
    state.pausedUntil = Math.max(state.pausedUntil, until);
    this.#floods = this.#floods.filter((one) => one.chat !== chat && one.at > now - STORM.ms);
    this.#floods.push({ chat, at: now, until });
    if (this.#floods.length < STORM.chats) return;
    // The bot's own limit names the same end to every chat, so it is the earliest of them.
    const earliest = Math.min(...this.#floods.map((one) => one.until));
    this.#allPausedUntil = Math.max(this.#allPausedUntil, earliest);
  }

  #chat(id: string, now: number): Chat {
    const known = this.#chats.get(id);
    if (known) return known;
    if (this.#chats.size >= TIDY_ABOVE) this.#tidy(now);
    // Groups and channels have negative ids; @names belong to public ones.
    const group = !/^\d/.test(id);
    const gate = group
      ? slidingWindow(() => this.#limits().perGroupMinute, 60_000)
      : tokenBucket(this.#limits().burst, 1000);
    const chat = { gate, group, pausedUntil: 0 };
    this.#chats.set(id, chat);
    return chat;
  }

  #tidy(now: number): void {
    for (const [id, { gate, pausedUntil }] of this.#chats)
      if (pausedUntil <= now && gate.rested(now)) this.#chats.delete(id);
  }
}

/** Never more than `limit` within any `ms`. */
function slidingWindow(limitNow: () => number, ms: number): Gate {
  let taken: number[] = [];
  const tidy = (now: number) => {
    if (taken[0] !== undefined && taken[0] <= now - ms) taken = taken.filter((at) => at > now - ms);
  };
  return {
    wait(now, cost, kept) {
      if (cost === 0) return 0;
      tidy(now);
      const limit = limitNow();
      const tooMany = taken.length + Math.min(cost, limit - kept) - (limit - kept);
      const blocking = taken[tooMany - 1];
      return blocking === undefined ? 0 : blocking + ms - now;
    },
    take(now, cost) {
      for (let i = 0; i < cost; i++) taken.push(now);
    },
    rested(now) {
      tidy(now);
      return taken.length === 0;
    },
  };
}

/** One per `ms` after a burst; something larger than the burst leaves a debt. */
function tokenBucket(burst: number, ms: number): Gate {
  let tokens = burst;
  let since = 0;
  const refill = (now: number) => {
    tokens = Math.min(burst, tokens + Math.max(0, now - since) / ms);
    since = now;
  };
  return {
    wait(now, cost, kept) {
      if (cost === 0) return 0;
      refill(now);
      const missing = Math.min(cost, burst - kept) + kept - tokens;
      return missing <= 1e-6 ? 0 : Math.ceil(missing * ms);
    },
    take(now, cost) {
      refill(now);
      tokens -= cost;
    },
    rested(now) {
      refill(now);
      return tokens >= burst;
    },
  };
}
