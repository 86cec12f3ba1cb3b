/**
 * Membership that has to stand before the bot is used. Fails open: when Telegram does not tell,
 * e.g. because the bot lost its rights in a channel, nobody is locked out by it.
 */
import type { Api } from 'grammy';
import { LRUCache } from 'lru-cache';
import { JobRequest } from '../../shared/wire.ts';
import type { Log } from '../log.ts';
import type { Channel, Settings } from '../settings/settings.ts';
import type { State } from '../store/state.ts';

export interface Membership {
  /** The channels the person has yet to join; admins need none. */
  missing(userId: number): Promise<readonly Channel[]>;
  /** Keeps the last thing asked for until the person has joined, also over a restart. */
  hold(request: JobRequest): Promise<void>;
  /** What was held, once; undefined after an hour. */
  release(userId: number): Promise<JobRequest | undefined>;
  /** Asks Telegram anew at the next look. */
  forget(userId: number): void;
}

export interface MembershipParts {
  api: Pick<Api, 'getChatMember'>;
  settings: Pick<Settings, 'channels'>;
  state: State;
  isAdmin(userId: number): boolean;
  log: Log;
  now(): number;
}

/** A member is believed this long, ms; who is none is asked about each time. */
const BELIEVED_MS = 10 * 60_000;
const HELD_MS = 60 * 60_000;
const SPACE = 'held';
const MEMBERS = new Set(['creator', 'administrator', 'member']);

export function createMembership(parts: MembershipParts): Membership {
  const { api, settings, state, isAdmin, log, now } = parts;
  const members = new LRUCache<string, true>({ max: 20_000, ttl: BELIEVED_MS });
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
    async hold(request) {
      await state.forgetBefore(SPACE, now() - HELD_MS);
      await state.set(SPACE, String(request.user.id), request, now());
    },
    async release(userId) {
      await state.forgetBefore(SPACE, now() - HELD_MS);
      const request = await state.get(SPACE, String(userId), JobRequest);
      await state.remove(SPACE, String(userId));
      return request;
    },
    forget(userId) {
      for (const { name } of settings.channels) members.delete(keyOf(name, userId));
    },
  };
}
