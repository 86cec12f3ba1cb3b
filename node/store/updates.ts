/**
 * Accepted updates. The row is on the disk before Telegram or the edge hears "taken", so a
 * crash between the answer and the work loses nothing.
 */
import { asc, count, eq } from 'drizzle-orm';
import * as v from 'valibot';
import { JobRequest } from '../../shared/wire.ts';
import type { Db } from './open.ts';
import { updates } from './schema.ts';
import { unsynced } from './unsynced.ts';

export interface Updates {
  /** Stores a request; `seen` when this update id was stored before. */
  accept(request: JobRequest): Promise<'new' | 'seen'>;
  /**
   * Everything accepted and not yet handled, in the order of its update ids. A row that another
   * version wrote and this one cannot read is failed and told: the start must not end with it.
   */
  pending(
    onUnreadable?: (updateId: number) => void,
  ): Promise<{ request: JobRequest; attempt: number }[]>;
  countPending(): Promise<number>;
  /** Counts an attempt before it starts: a request that kills the process is found out. */
  attempt(updateId: number): Promise<void>;
  settle(updateId: number, state: 'done' | 'failed'): Promise<void>;
}

export function updateStore(db: Db): Updates {
  return {
    async accept(request) {
      const { changes } = db
        .insert(updates)
        .values({
          updateId: request.updateId,
          chatId: request.chat.id,
          request: JSON.stringify(request),
          state: 'pending',
          receivedAt: request.receivedAt,
        })
        .onConflictDoNothing()
        .run();
      return changes === 1 ? 'new' : 'seen';
    },
    async pending(onUnreadable = () => {}) {
      const rows = db
        .select()
        .from(updates)
        .where(eq(updates.state, 'pending'))
        .orderBy(asc(updates.updateId))
        .all();
      return rows.flatMap((row) => {
        const request = readRequest(row.request);
        if (request) return [{ request, attempt: row.attempt }];
        db.update(updates).set({ state: 'failed' }).where(eq(updates.updateId, row.updateId)).run();
        onUnreadable(row.updateId);
        return [];
      });
    },
    async countPending() {
      return (
        db.select({ n: count() }).from(updates).where(eq(updates.state, 'pending')).get()?.n ?? 0
      );
    },
    async attempt(updateId) {
      const row = db.select().from(updates).where(eq(updates.updateId, updateId)).get();
      const attempt = (row?.attempt ?? 0) + 1;
      db.update(updates).set({ attempt }).where(eq(updates.updateId, updateId)).run();
    },
    async settle(updateId, state) {
      const change = { state, request: null };
      const settled = db.update(updates).set(change).where(eq(updates.updateId, updateId));
      // Lost in a power cut, it is handled once more; a job's own commit settles it on the disk.
      unsynced(db, () => settled.run());
    },
  };
}

/** The stored request; undefined when this version cannot read it. */
export function readRequest(text: string | null): JobRequest | undefined {
  try {
    const parsed = v.safeParse(JobRequest, JSON.parse(text ?? 'null'));
    return parsed.success ? parsed.output : undefined;
  } catch {
    // Not JSON: the caller tells which row it was.
    return undefined;
  }
}
