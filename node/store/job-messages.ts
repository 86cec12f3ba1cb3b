/** Where a job stands in its chat, on SQLite. */
import { eq, sql } from 'drizzle-orm';
import type { JobMessages } from './jobs.ts';
import { mayTakeUp, nearMessages, sharingIds } from './message-ids.ts';
import type { Db } from './open.ts';
import { type JobRow, jobs } from './schema.ts';
import { unsynced } from './unsynced.ts';

export function jobMessages(db: Db): JobMessages {
  return {
    async setStatusMessage(id, messageId) {
      const known = { statusMessageId: messageId, statusFloor: null };
      const change = db.update(jobs).set(known).where(eq(jobs.id, id));
      unsynced(db, () => change.run());
    },
    async expectStatusMessage(id, above) {
      const change = db.update(jobs).set({ statusFloor: above }).where(eq(jobs.id, id));
      unsynced(db, () => change.run());
      return true;
    },
    async strayMessage(ids, messageId) {
      const found = { statusMessageId: messageId, statusFloor: null };
      const change = db
        .update(jobs)
        .set(found)
        .where(mayTakeUp(jobs, ids, messageId));
      return unsynced(db, () => change.run()).changes > 0;
    },
    async messagesAbove(job, above) {
      const rows = db.select(MESSAGE_IDS).from(jobs).where(sharingIds(jobs, job)).all();
      return nearMessages(rows, job, above);
    },
    async leftMessages() {
      return leftMessages(db);
    },
    async moveChat(from, to) {
      db.update(jobs)
        .set({ chatId: to, chatType: 'supergroup' })
        .where(eq(jobs.chatId, from))
        .run();
    },
  };
}

const MESSAGE_IDS = {
  id: jobs.id,
  updateId: jobs.updateId,
  replyTo: jobs.replyTo,
  status: jobs.statusMessageId,
  floor: jobs.statusFloor,
  sent: jobs.sentMessageId,
} as const;

/** A message stays while a job of its update is alive, and where a job's last words stand in it. */
function leftMessages(db: Db): JobRow[] {
  return db
    .select()
    .from(jobs)
    .where(
      sql`(${jobs.state} = 'done' AND ${jobs.statusMessageId} IS NOT NULL
        OR ${jobs.state} IN ('done', 'failed', 'cancelled', 'uncertain')
          AND ${jobs.statusMessageId} IS NULL AND ${jobs.statusFloor} IS NOT NULL)
        AND NOT EXISTS (
        SELECT 1 FROM jobs o WHERE o.update_id = ${jobs.updateId}
        AND o.state IN ('queued', 'asking', 'running', 'sending'))`,
    )
    .groupBy(jobs.updateId)
    .all();
}
