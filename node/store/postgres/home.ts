/**
 * Which node a waiting job belongs to. The node that accepted it shows its status message; until
 * the id of that message is stored no other may take the job, or the person would see two. Jobs
 * of one update share the message and therefore stay together.
 */
import { type SQL, sql } from 'drizzle-orm';

/** A node that was silent for so long is gone, ms. */
const NODE_GONE_MS = 30_000;
/** So long a job waits for the id of its status message; then Telegram is not answering. */
const MESSAGE_MS = 3_000;

const databaseNow = sql`(extract(epoch FROM now()) * 1000)`;

/** `home` is a column of the jobs, with its table's name in the query. */
export const homeIsGone = (home: SQL, nodeId: string): SQL =>
  sql`(${home} IS NULL OR (${home} <> ${nodeId} AND ${home} NOT IN (
    SELECT id FROM nodes WHERE seen_at > ${databaseNow} - ${NODE_GONE_MS}::int)))`;

/** It lives, but takes nothing new: what waits for it alone would wait until it has gone. */
const isDraining = (home: SQL): SQL => sql`${home} IN (SELECT id FROM nodes WHERE draining = 1)`;

/** May the node take the queued job `j`? */
export const mayTake = (nodeId: string, now: number): SQL => sql`(j.home = ${nodeId}
  OR ${homeIsGone(sql`j.home`, nodeId)}
  OR ((j.status_message_id IS NOT NULL OR j.quiet = 1 OR j.created_at <= ${now - MESSAGE_MS})
    AND (${isDraining(sql`j.home`)}
      OR NOT EXISTS (SELECT 1 FROM jobs o WHERE o.update_id = j.update_id AND o.id <> j.id))))`;
