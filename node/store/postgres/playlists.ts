/** Lists and their batches on PostgreSQL; what each method promises stands in `../playlists.ts`. */
import { and, desc, eq, gt, isNotNull, isNull, lt, or } from 'drizzle-orm';
import { PAUSED_UNTIL, type Playlists, readPlaylist } from '../playlists.ts';
import type { PgDb } from './open.ts';
import { jobs, playlists } from './schema.ts';

export function pgPlaylistStore(db: PgDb): Playlists {
  return {
    async keep({ entries, ...list }, now) {
      const fresh = { ...list, entries: JSON.stringify(entries), createdAt: now };
      await db
        .insert(playlists)
        .values(fresh)
        .onConflictDoUpdate({ target: playlists.jobId, set: fresh });
    },
    async find(jobId) {
      const [row] = await db.select().from(playlists).where(eq(playlists.jobId, jobId));
      return row && readPlaylist(row);
    },
    async ask(jobId, messageId) {
      await db
        .update(playlists)
        .set({ askedMessageId: messageId })
        .where(eq(playlists.jobId, jobId));
    },
    async asked(userId, chatId, since) {
      const open = and(
        eq(playlists.userId, userId),
        eq(playlists.chatId, chatId),
        isNotNull(playlists.askedMessageId),
        isNull(playlists.pickedUpdateId),
        gt(playlists.createdAt, since),
      );
      const newest = db.select().from(playlists).where(open).orderBy(desc(playlists.jobId));
      const [row] = await newest.limit(1);
      return row && readPlaylist(row);
    },
    async pick(jobId, updateId) {
      const free = or(isNull(playlists.pickedUpdateId), eq(playlists.pickedUpdateId, updateId));
      const { rowCount } = await db
        .update(playlists)
        .set({ pickedUpdateId: updateId, askedMessageId: null })
        .where(and(eq(playlists.jobId, jobId), free));
      return rowCount === 1;
    },
    async hold(updateId, held) {
      const waits = and(eq(jobs.updateId, updateId), eq(jobs.state, 'queued'));
      const rows = held ? waits : and(waits, eq(jobs.notBefore, PAUSED_UNTIL));
      const notBefore = held ? PAUSED_UNTIL : 0;
      const { rowCount } = await db.update(jobs).set({ notBefore }).where(rows);
      return rowCount ?? 0;
    },
    async forgetBefore(time) {
      return (await db.delete(playlists).where(lt(playlists.createdAt, time))).rowCount ?? 0;
    },
    async forgetUser(userId) {
      return (await db.delete(playlists).where(eq(playlists.userId, userId))).rowCount ?? 0;
    },
  };
}
