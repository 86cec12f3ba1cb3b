/**
 * Membership that has to stand before the bot is used. Fails open: when Telegram does not tell,
 * e.g. because the bot lost its rights in a channel, nobody is locked out by it.
 */
import type { Api } from 'grammy';
import { LRUCache } from 'lru-cache';
import type { JobRequest } from '../../shared/wire.ts';
import type { Talk } from '../chat/parts.ts';
import type { Log } from '../log.ts';
import type { Channel, Settings } from '../settings/settings.ts';

/** What a person wants, and how it is done once they have joined. */
export interface Held {
  request: JobRequest;
  goOn(talk: Talk): Promise<unknown>;
}

export interface Membership {
  /** The channels the person has yet to join; admins need none. */
  missing(userId: number): Promise<readonly Channel[]>;
  /** Keeps what was asked for until the person has joined. */
  hold(wish: Held): void;
  /** What was held, once. */
  release(userId: number): Held | undefined;
  /** Asks Telegram anew at the next look. */
  forget(userId: number): void;
}

export interface MembershipParts {
  api: Pick<Api, 'getChatMember'>;
  settings: Pick<Settings, 'channels'>;
  isAdmin(userId: number): boolean;
  log: Log;
}

/** A member is believed this long, ms; who is none is asked about each time. */
const BELIEVED_MS = 10 * 60_000;
const HELD_MS = 60 * 60_000;
const MEMBERS = new Set(['creator', 'administrator', 'member']);

export function createMembership({ api, settings, isAdmin, log }: MembershipParts): Membership {
  const members = new LRUCache<string, true>({ max: 20_000, ttl: BELIEVED_MS });
  const held = new LRUCache<number, Held>({ max: 1000, ttl: HELD_MS });
  const keyOf = (name: string, userId: number) => `${name} ${userId}`;

  async function isMember({ name }: Channel, userId: number): Promise<boolean> {
    if (members.has(keyOf(name, userId))) return true;
    try {
      const member = await api.getChatMember(name, userId);
      const inside = member.status === 'restricted' ? member.is_member : MEMBERS.has(member.status);
      if (inside) members.set(keyOf(name, userId), true);
      return inside;
    } catch (err) {
      log.warn({ channel: name, err }, 'membership could not be looked up: taken for granted');
      return true;
    }
  }

  return {
    async missing(userId) {
      if (settings.channels.length === 0 || isAdmin(userId)) return [];
      const inside = await Promise.all(settings.channels.map((one) => isMember(one, userId)));
      return settings.channels.filter((_, at) => !inside[at]);
    },
    hold: (wish) => void held.set(wish.request.user.id, wish),
    release(userId) {
      const wish = held.get(userId);
      held.delete(userId);
      return wish;
    },
    forget(userId) {
      for (const { name } of settings.channels) members.delete(keyOf(name, userId));
    },
  };
}
