/** Where a job stands in its chat, on PostgreSQL. */
import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { JobMessages } from '../jobs.ts';
import { mayTakeUp, nearMessages, sharingIds } from '../message-ids.ts';
import { homeIsGone } from './home.ts';
import type { PgJobParts } from './job-parts.ts';
import { CHANNEL, kickFrom } from './notify.ts';
import { again } from './patience.ts';
import { jobs } from './schema.ts';

export function pgJobMessages({ opened: { db }, nodeId, bootId }: PgJobParts): JobMessages {
  return {
    async setStatusMessage(id, messageId) {
      // Now that it is known where to show it, the job may run on any node. On the disk: what a
      // database that crashes forgets would stay in the chat.
      await again(() =>
        db.execute(sql`WITH shown AS (
          UPDATE jobs SET status_message_id = ${messageId}, status_floor = NULL
          WHERE id = ${id} RETURNING state, status_message_id)
          SELECT pg_notify(${CHANNEL}, ${kickFrom(bootId)}) FROM shown
          WHERE state = 'queued' AND status_message_id IS NOT NULL`),
      );
    },
    async expectStatusMessage(id, above) {
      const known = { statusFloor: above };
      const shownHere = and(eq(jobs.id, id), or(isNull(jobs.home), eq(jobs.home, nodeId)));
      const { rowCount } = await again(() => db.update(jobs).set(known).where(shownHere));
      return rowCount === 1;
    },
    async strayMessage(ids, messageId) {
      const found = { statusMessageId: messageId, statusFloor: null };
      const change = () =>
        db
          .update(jobs)
          .set(found)
          .where(mayTakeUp(jobs, ids, messageId));
      return ((await again(change)).rowCount ?? 0) > 0;
    },
    async messagesAbove(job, above) {
      const ids = {
        ...{ id: jobs.id, updateId: jobs.updateId, replyTo: jobs.replyTo },
        ...{ status: jobs.statusMessageId, floor: jobs.statusFloor, sent: jobs.sentMessageId },
      };
      return nearMessages(await db.select(ids).from(jobs).where(sharingIds(jobs, job)), job, above);
    },
    async leftMessages() {
      return db.selectDistinctOn([jobs.updateId]).from(jobs).where(leftMessage(nodeId));
    },
    async moveChat(from, to) {
      const moved = { chatId: to, chatType: 'supergroup' as const };
      await again(() => db.update(jobs).set(moved).where(eq(jobs.chatId, from)));
    },
  };
}

/**
 * A message stays while a job of its update is alive, and where a job's last words stand in it.
 * Another living node is just taking its own away.
 */
const leftMessage = (nodeId: string) => sql`(
    ${jobs.state} = 'done' AND ${jobs.statusMessageId} IS NOT NULL
    OR ${jobs.state} IN ('done', 'failed', 'cancelled', 'uncertain')
      AND ${jobs.statusMessageId} IS NULL AND ${jobs.statusFloor} IS NOT NULL)
  AND (${jobs.home} = ${nodeId} OR ${homeIsGone(sql`${jobs.home}`, nodeId)})
  AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.update_id = ${jobs.updateId}
    AND o.state IN ('queued', 'asking', 'running', 'sending'))`;
