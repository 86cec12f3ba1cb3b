import { eq } from 'drizzle-orm';
import type { ChatRef, UserRef } from '../../shared/wire.ts';
import type { Db } from './open.ts';
import { type ChatRow, chats, type UserRow, users } from './schema.ts';

export type UserSettings = Partial<
  Pick<UserRow, 'lang' | 'mode' | 'maxHeight' | 'audioFormat' | 'captions' | 'asFile'>
>;
type UserMarks = Partial<Pick<UserRow, 'bannedAt' | 'blockedAt'>>;
type ChatChange = Partial<Pick<ChatRow, 'enabled' | 'lang' | 'title'>>;

/** Who writes to the bot and how they want it. */
export interface Users {
  /** The person's row, made at the first message; names follow what Telegram says now. */
  seen(user: UserRef, now: number): Promise<UserRow>;
  find(id: number): Promise<UserRow | undefined>;
  change(id: number, change: UserSettings & UserMarks): Promise<void>;
  forget(id: number): Promise<void>;
  chat(chat: ChatRef, now: number): Promise<ChatRow>;
  changeChat(id: number, change: ChatChange): Promise<void>;
}

export function userStore(db: Db): Users {
  return {
    async seen(user, now) {
      const name = { name: user.name ?? null, username: user.username ?? null };
      return db
        .insert(users)
        .values({ id: user.id, ...name, createdAt: now, seenAt: now })
        .onConflictDoUpdate({ target: users.id, set: { ...name, seenAt: now } })
        .returning()
        .get();
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
      const title = chat.title ?? null;
      return db
        .insert(chats)
        .values({ id: chat.id, type: chat.type, title, createdAt: now })
        .onConflictDoUpdate({ target: chats.id, set: { type: chat.type, title } })
        .returning()
        .get();
    },
    async changeChat(id, change) {
      db.update(chats).set(change).where(eq(chats.id, id)).run();
    },
  };
}
