/**
 * Accepted updates on PostgreSQL; what each method promises stands in `../updates.ts`. Each row
 * names the boot that handles it, so that no other node handles it too while that one lives.
 */
import { and, count, eq, isNull, ne, or, sql } from 'drizzle-orm';
import { readRequest, type Updates } from '../updates.ts';
import type { OpenedPostgres, PgRunner } from './open.ts';
import { updates } from './schema.ts';

/** A node that has not been heard of for so long is gone; it says it is there every few seconds. */
const SILENT_MS = 30_000;

export function pgUpdateStore(
  { db, quick }: Pick<OpenedPostgres, 'db' | 'quick'>,
  bootId: string,
): Updates {
  return {
    async accept({ updateId, chat, receivedAt, ...rest }) {
      const request = JSON.stringify({ updateId, chat, receivedAt, ...rest });
      const { rowCount } = await db
        .insert(updates)
        .values({ updateId, chatId: chat.id, request, state: 'pending', receivedAt, bootId })
        .onConflictDoNothing();
      return rowCount === 1 ? 'new' : 'seen';
    },
    async pending(onUnreadable = () => {}) {
      const left: Awaited<ReturnType<Updates['pending']>> = [];
      for (const row of await adopt(db, bootId)) {
        const request = readRequest(row.request);
        if (request) {
          left.push({ request, attempt: row.attempt });
          continue;
        }
        await db.update(updates).set({ state: 'failed' }).where(eq(updates.updateId, row.updateId));
        onUnreadable(row.updateId);
      }
      return left;
    },
    async countPending() {
      const [row] = await db
        .select({ n: count() })
        .from(updates)
        .where(eq(updates.state, 'pending'));
      return row?.n ?? 0;
    },
    async attempt(updateId) {
      await db
        .update(updates)
        .set({ attempt: sql`${updates.attempt} + 1` })
        .where(eq(updates.updateId, updateId));
    },
    async settle(updateId, state) {
      await quick
        .update(updates)
        .set({ state, request: null })
        .where(eq(updates.updateId, updateId));
    },
  };
}

/**
 * Takes over what nobody alive handles. Of two nodes that ask at once one gets a row: the second
 * finds it changed to a boot that lives.
 */
async function adopt(db: PgRunner, bootId: string) {
  const alive = sql`EXISTS (
    SELECT 1 FROM nodes n WHERE n.boot_id = ${updates.bootId}
    AND n.seen_at > extract(epoch FROM clock_timestamp()) * 1000 - ${SILENT_MS}::int)`;
  const orphaned = or(isNull(updates.bootId), and(ne(updates.bootId, bootId), sql`NOT ${alive}`));
  const rows = await db
    .update(updates)
    .set({ bootId })
    .where(and(eq(updates.state, 'pending'), orphaned))
    .returning();
  return rows.sort((a, b) => a.updateId - b.updateId);
}
