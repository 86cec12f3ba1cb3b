/** Persons and chats on PostgreSQL; what each method promises stands in `../users.ts`. */
import { and, asc, count, eq, gt, gte, isNotNull, isNull, type SQL } from 'drizzle-orm';
import type { Users } from '../users.ts';
import type { OpenedPostgres } from './open.ts';
import { chats, users } from './schema.ts';

export function pgUserStore({ db, quick }: Pick<OpenedPostgres, 'db' | 'quick'>): Users {
  const countOf = async (where?: SQL) => {
    const [row] = await db.select({ n: count() }).from(users).where(where);
    return row?.n ?? 0;
  };
  // Ids below zero are groups and channels that spoke for themselves.
  const reached = and(isNull(users.blockedAt), isNull(users.bannedAt), gt(users.id, 0));
  return {
    async counts(since) {
      const [all, blocked, banned, seen, fresh] = await Promise.all([
        countOf(),
        countOf(isNotNull(users.blockedAt)),
        countOf(isNotNull(users.bannedAt)),
        countOf(gte(users.seenAt, since)),
        countOf(gte(users.createdAt, since)),
      ]);
      return { all, blocked, banned, seen, fresh };
    },
    reachable: (afterId, limit) =>
      db
        .select()
        .from(users)
        .where(and(reached, gt(users.id, afterId)))
        .orderBy(asc(users.id))
        .limit(limit),
    countReachable: () => countOf(reached),
    async seen(user, now) {
      const name = { name: user.name ?? null, username: user.username ?? null };
      const rows = await quick
        .insert(users)
        .values({ id: user.id, ...name, createdAt: now, seenAt: now })
        .onConflictDoUpdate({ target: users.id, set: { ...name, seenAt: now } })
        .returning();
      return one(rows);
    },
    async find(id) {
      const [row] = await db.select().from(users).where(eq(users.id, id));
      return row;
    },
    async change(id, change) {
      await db.update(users).set(change).where(eq(users.id, id));
    },
    async forget(id) {
      await db.delete(users).where(eq(users.id, id));
    },
    async chat({ id, type, title }, now) {
      const rows = await db
        .insert(chats)
        .values({ id, type, title: title ?? null, createdAt: now })
        .onConflictDoUpdate({ target: chats.id, set: { type, ...(title && { title }) } })
        .returning();
      return one(rows);
    },
    async findChat(id) {
      const [row] = await db.select().from(chats).where(eq(chats.id, id));
      return row;
    },
    async changeChat(id, change) {
      await db.update(chats).set(change).where(eq(chats.id, id));
    },
  };
}

/** An upsert always answers its row. */
function one<T>([row]: readonly T[]): T {
  if (row === undefined) throw new Error('PostgreSQL answered an upsert without its row');
  return row;
}
