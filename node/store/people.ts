/** What is stored about one person, all tables together. */
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { jobs, state, updates, users } from './schema.ts';

export interface Forgotten {
  /** Jobs that were deleted. */
  jobs: number;
  /** Settings other than the defaults were deleted. */
  settings: boolean;
}

export interface People {
  /**
   * Deletes a person's jobs, settings and open questions. Update ids stay without the chat, so
   * that a repeated update is still known; a ban stays, or forgetting would lift it.
   */
  forget(userId: number): Promise<Forgotten>;
}

/** State kept by person is named `user:rest` in these spaces. */
export const QUESTION_SPACE = 'question';

export function peopleStore(db: Db): People {
  return {
    async forget(userId) {
      return db.transaction((tx) => {
        const gone = tx.delete(jobs).where(eq(jobs.userId, userId)).run().changes;
        const user = tx.select().from(users).where(eq(users.id, userId)).get();
        tx.delete(users)
          .where(and(eq(users.id, userId), sql`${users.bannedAt} IS NULL`))
          .run();
        tx.update(users)
          .set({ name: null, username: null, lang: null })
          .where(and(eq(users.id, userId), isNotNull(users.bannedAt)))
          .run();
        tx.delete(state)
          .where(and(eq(state.space, QUESTION_SPACE), eq(state.name, String(userId))))
          .run();
        tx.update(updates).set({ chatId: 0 }).where(eq(updates.chatId, userId)).run();
        return { jobs: gone, settings: user !== undefined && hasSettings(user) };
      });
    },
  };
}

/** Whether anything differs from the defaults. */
export const hasSettings = (user: typeof users.$inferSelect): boolean =>
  user.lang !== null ||
  user.mode !== 'send' ||
  user.maxHeight !== 0 ||
  user.audioFormat !== 'm4a' ||
  user.captions !== 1 ||
  user.asFile !== 0;
