/** `/user`, `/ban` and `/unban`. */

import { cancelJob } from '../chat/cancel-job.ts';
import type { Talk } from '../chat/parts.ts';
import type { UserRow } from '../store/schema.ts';
import {
  type AdminCommand,
  type AdminParts,
  type AdminPress,
  answer,
  button,
  replace,
  type Screen,
  wordsOf,
} from './parts.ts';

const LIVE = ['queued', 'running', 'sending', 'asking'] as const;
const ALL = [...LIVE, 'uncertain', 'done', 'failed', 'cancelled'] as const;
const LAST_JOBS = 5;

const idOf = (text: string): number | undefined =>
  /^-?\d{1,16}$/.test(text.trim()) ? Number(text) : undefined;

async function page(parts: AdminParts, talk: Talk, user: UserRow): Promise<Screen> {
  const { person } = wordsOf(talk);
  const last = await parts.store.jobs.ofUser(user.id, ALL, LAST_JOBS);
  const banned = user.bannedAt !== null;
  const text = person.page({
    ...{ id: user.id, name: user.name ?? undefined, username: user.username ?? undefined },
    ...{ since: user.createdAt, seen: user.seenAt, banned, blocked: user.blockedAt !== null },
    waiting: await parts.store.jobs.countOfUser(user.id),
    last: last.map((job) => ({
      ...{ at: job.createdAt, site: job.site, state: job.state },
      code: job.errorCode ?? undefined,
    })),
  });
  const id = String(user.id);
  const change = banned ? button(person.unban, 'unban', id) : button(person.ban, 'ban', id);
  return { text, keyboard: parts.isAdmin(user.id) ? [] : [change] };
}

/** The person an argument names, or the sentence that says why there is none. */
async function personOf(parts: AdminParts, talk: Talk, args: string): Promise<UserRow | string> {
  const { person } = wordsOf(talk);
  const id = idOf(args);
  if (id === undefined) return person.usage;
  return (await parts.store.users.find(id)) ?? person.unknown(id);
}

export const user: AdminCommand = async (parts, talk, { args }) => {
  const found = await personOf(parts, talk, args);
  const screen = typeof found === 'string' ? { text: found } : await page(parts, talk, found);
  await answer(parts, talk, screen);
};

/** Bans or unbans and says so; what a banned person had waiting is stopped. */
async function set(parts: AdminParts, talk: Talk, found: UserRow, ban: boolean): Promise<string> {
  const { store, now } = parts;
  const { person } = wordsOf(talk);
  if (ban && parts.isAdmin(found.id)) return person.admin;
  await store.users.change(found.id, { bannedAt: ban ? now() : null });
  const action = ban ? 'ban' : 'unban';
  await store.audit.add({ at: now(), userId: talk.user.id, action, detail: found.id });
  if (!ban) return person.unbanned(found.id);
  const live = await store.jobs.ofUser(found.id, LIVE, 200);
  await Promise.all(live.map((job) => cancelJob(parts, job)));
  return person.banned(found.id);
}

const changing =
  (ban: boolean): AdminCommand =>
  async (parts, talk, { args }) => {
    const found = await personOf(parts, talk, args);
    const text = typeof found === 'string' ? found : await set(parts, talk, found, ban);
    await answer(parts, talk, { text });
  };

const pressing =
  (ban: boolean): AdminPress =>
  async (parts, talk, arg, press) => {
    const found = await personOf(parts, talk, arg);
    if (typeof found === 'string') return 'expired';
    await set(parts, talk, found, ban);
    const fresh = (await parts.store.users.find(found.id)) ?? found;
    await replace(parts, talk, press, await page(parts, talk, fresh));
    return 'done';
  };

export const ban = changing(true);
export const unban = changing(false);
export const pressBan = pressing(true);
export const pressUnban = pressing(false);
