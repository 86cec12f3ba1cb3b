/**
 * Accepted updates on PostgreSQL; what each method promises stands in `../updates.ts`. Each row
 * names the boot that handles it, so that no other node handles it too while that one lives.
 *
 * Whoever sent an update waits until it is accepted, and sends it again after some seconds. That
 * write therefore has a connection that no other work can hold, and shares its commits.
 */
import { and, count, eq, isNull, ne, or, sql } from 'drizzle-orm';
import type { JobRequest } from '../../../shared/wire.ts';
import { readRequest, type Updates } from '../updates.ts';
import type { OpenedPostgres, PgRunner } from './open.ts';
import { updates } from './schema.ts';
import { together } from './together.ts';
import { isPassing } from './unreachable.ts';

/** A node that has not been heard of for so long is gone; it says it is there every few seconds. */
const SILENT_MS = 30_000;
const ACCEPTED_AT_ONCE = 100;

export function pgUpdateStore(
  { db, quick, doorPool }: Pick<OpenedPostgres, 'db' | 'quick' | 'doorPool'>,
  bootId: string,
): Updates {
  return {
    accept: together({
      write: (requests) => acceptAll(doorPool, bootId, requests),
      most: ACCEPTED_AT_ONCE,
      mayBeOfOne: (error) => !isPassing(error),
    }),
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

/** As lists, so that the statement is the same for any number of updates and stays planned. */
const ACCEPT = `
  INSERT INTO updates (update_id, chat_id, request, received_at, state, boot_id)
  SELECT *, 'pending', $5 FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[])
  ON CONFLICT DO NOTHING RETURNING update_id::float8 AS id`;

async function acceptAll(
  pool: OpenedPostgres['doorPool'],
  bootId: string,
  requests: readonly JobRequest[],
): Promise<('new' | 'seen')[]> {
  const { rows } = await pool.query<{ id: number }>(ACCEPT, [
    requests.map(({ updateId }) => updateId),
    requests.map(({ chat }) => chat.id),
    requests.map((request) => JSON.stringify(request)),
    requests.map(({ receivedAt }) => receivedAt),
    bootId,
  ]);
  const stored = new Set(rows.map(({ id }) => id));
  // Of two with one id the first is new.
  return requests.map(({ updateId }) => (stored.delete(updateId) ? 'new' : 'seen'));
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
