/** What is stored about one person, on PostgreSQL; see `../people.ts`. */
import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { hasSettings, type People, QUESTION_SPACE } from '../people.ts';
import type { PgDb } from './open.ts';
import { jobs, state, updates, users } from './schema.ts';

export function pgPeopleStore(db: PgDb): People {
  return {
    forget: (userId) =>
      db.transaction(async (tx) => {
        const gone = await tx.delete(jobs).where(eq(jobs.userId, userId));
        const [user] = await tx.select().from(users).where(eq(users.id, userId));
        await tx.delete(users).where(and(eq(users.id, userId), isNull(users.bannedAt)));
        await tx
          .update(users)
          .set({ name: null, username: null, lang: null })
          .where(and(eq(users.id, userId), isNotNull(users.bannedAt)));
        await tx
          .delete(state)
          .where(and(eq(state.space, QUESTION_SPACE), eq(state.name, String(userId))));
        await tx.update(updates).set({ chatId: 0 }).where(eq(updates.chatId, userId));
        return { jobs: gone.rowCount ?? 0, settings: user !== undefined && hasSettings(user) };
      }),
  };
}
