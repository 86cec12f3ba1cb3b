import { and, asc, count, eq, gt, gte, isNotNull, isNull, type SQL } from 'drizzle-orm';
import type { ChatRef, UserRef } from '../../shared/wire.ts';
import type { Db } from './open.ts';
import { type ChatRow, chats, type UserRow, users } from './schema.ts';
import { unsynced } from './unsynced.ts';

export type UserSettings = Partial<
  Pick<UserRow, 'lang' | 'mode' | 'maxHeight' | 'audioFormat' | 'captions' | 'asFile'>
>;
type UserMarks = Partial<Pick<UserRow, 'bannedAt' | 'blockedAt'>>;
type ChatChange = Partial<Pick<ChatRow, 'enabled' | 'quiet' | 'lang' | 'title' | 'leftAt'>>;

export interface PeopleCounts {
  all: number;
  blocked: number;
  banned: number;
  seen: number;
  fresh: number;
}

/** Who writes to the bot and how they want it. */
export interface Users {
  /** The person's row, made at the first message; names follow what Telegram says now. */
  seen(user: UserRef, now: number): Promise<UserRow>;
  find(id: number): Promise<UserRow | undefined>;
  change(id: number, change: UserSettings & UserMarks): Promise<void>;
  forget(id: number): Promise<void>;
  /** `seen` and `fresh`: persons who wrote, and who were new, since a moment. */
  counts(since: number): Promise<PeopleCounts>;
  /** Those a broadcast goes to, by id, after one of them. */
  reachable(afterId: number, limit: number): Promise<UserRow[]>;
  countReachable(): Promise<number>;
  /** The chat's row, made when it is first seen; its title follows what Telegram says now. */
  chat(chat: ChatRef, now: number): Promise<ChatRow>;
  findChat(id: number): Promise<ChatRow | undefined>;
  changeChat(id: number, change: ChatChange): Promise<void>;
}

export function userStore(db: Db): Users {
  const countOf = (where?: SQL) => db.select({ n: count() }).from(users).where(where).get()?.n ?? 0;
  // Ids below zero are groups and channels that spoke for themselves.
  const reached = and(isNull(users.blockedAt), isNull(users.bannedAt), gt(users.id, 0));
  return {
    async counts(since) {
      return {
        all: countOf(),
        blocked: countOf(isNotNull(users.blockedAt)),
        banned: countOf(isNotNull(users.bannedAt)),
        seen: countOf(gte(users.seenAt, since)),
        fresh: countOf(gte(users.createdAt, since)),
      };
    },
    async reachable(afterId, limit) {
      const next = and(reached, gt(users.id, afterId));
      return db.select().from(users).where(next).orderBy(asc(users.id)).limit(limit).all();
    },
    async countReachable() {
      return countOf(reached);
    },
    async seen(user, now) {
      const name = { name: user.name ?? null, username: user.username ?? null };
      const seen = db
        .insert(users)
        .values({ id: user.id, ...name, createdAt: now, seenAt: now })
        .onConflictDoUpdate({ target: users.id, set: { ...name, seenAt: now } })
        .returning();
      return unsynced(db, () => seen.get());
    },
    async find(id) {
      return db.select().from(users).where(eq(users.id, id)).get();
    },
    async change(id, change) {
      db.update(users).set(change).where(eq(users.id, id)).run();
    },
    async forget(id) {
      db.delete(users).where(eq(users.id, id)).run();
    },
    async chat(chat, now) {
      const { id, type, title } = chat;
      return db
        .insert(chats)
        .values({ id, type, title: title ?? null, createdAt: now })
        .onConflictDoUpdate({ target: chats.id, set: { type, ...(title && { title }) } })
        .returning()
        .get();
    },
    async findChat(id) {
      return db.select().from(chats).where(eq(chats.id, id)).get();
    },
    async changeChat(id, change) {
      db.update(chats).set(change).where(eq(chats.id, id)).run();
    },
  };
}
