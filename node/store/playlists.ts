/** Lists whose owner was asked what to take, and the batches made from them. */
import { and, desc, eq, gt, isNotNull, isNull, lt, or } from 'drizzle-orm';
import * as v from 'valibot';
import type { Db } from './open.ts';
import { jobs, type PlaylistRow, playlists } from './schema.ts';

const Entries = v.array(v.object({ url: v.string(), title: v.optional(v.string()) }));
export type PlaylistEntry = v.InferOutput<typeof Entries>[number];

export interface Playlist extends Omit<PlaylistRow, 'entries'> {
  entries: PlaylistEntry[];
}

/** `not_before` of a job whose batch is paused: never due, and told from any real time. */
export const PAUSED_UNTIL = Number.MAX_SAFE_INTEGER;

export interface Playlists {
  /** Keeps what a list's link held; a list looked up again replaces the earlier answer. */
  keep(
    list: Pick<Playlist, 'jobId' | 'userId' | 'chatId' | 'title' | 'total' | 'entries'>,
    now: number,
  ): Promise<void>;
  find(jobId: number): Promise<Playlist | undefined>;
  /** The owner is asked for a range in a message; null takes the question back. */
  ask(jobId: number, messageId: number | null): Promise<void>;
  /** The newest open question of a person in a chat that was asked after `since`. */
  asked(userId: number, chatId: number, since: number): Promise<Playlist | undefined>;
  /** True once for a list: two quick taps make one batch. The same update may come again. */
  pick(jobId: number, updateId: number): Promise<boolean>;
  /** Holds or frees the waiting jobs of a batch; answers how many. What runs goes on. */
  hold(updateId: number, held: boolean): Promise<number>;
  forgetBefore(time: number): Promise<number>;
  forgetUser(userId: number): Promise<number>;
}

export const readPlaylist = (row: PlaylistRow): Playlist => ({
  ...row,
  entries: v.parse(Entries, JSON.parse(row.entries)),
});

export function playlistStore(db: Db): Playlists {
  return {
    async keep({ entries, ...list }, now) {
      const fresh = { ...list, entries: JSON.stringify(entries), createdAt: now };
      db.insert(playlists)
        .values(fresh)
        .onConflictDoUpdate({ target: playlists.jobId, set: fresh })
        .run();
    },
    async find(jobId) {
      const row = db.select().from(playlists).where(eq(playlists.jobId, jobId)).get();
      return row && readPlaylist(row);
    },
    async ask(jobId, messageId) {
      db.update(playlists)
        .set({ askedMessageId: messageId })
        .where(eq(playlists.jobId, jobId))
        .run();
    },
    async asked(userId, chatId, since) {
      const open = and(
        eq(playlists.userId, userId),
        eq(playlists.chatId, chatId),
        isNotNull(playlists.askedMessageId),
        isNull(playlists.pickedUpdateId),
        gt(playlists.createdAt, since),
      );
      const row = db.select().from(playlists).where(open).orderBy(desc(playlists.jobId)).get();
      return row && readPlaylist(row);
    },
    async pick(jobId, updateId) {
      const free = or(isNull(playlists.pickedUpdateId), eq(playlists.pickedUpdateId, updateId));
      const change = { pickedUpdateId: updateId, askedMessageId: null };
      return (
        db
          .update(playlists)
          .set(change)
          .where(and(eq(playlists.jobId, jobId), free))
          .run().changes === 1
      );
    },
    async hold(updateId, held) {
      const waits = and(eq(jobs.updateId, updateId), eq(jobs.state, 'queued'));
      const rows = held ? waits : and(waits, eq(jobs.notBefore, PAUSED_UNTIL));
      const notBefore = held ? PAUSED_UNTIL : 0;
      return db.update(jobs).set({ notBefore }).where(rows).run().changes;
    },
    async forgetBefore(time) {
      return db.delete(playlists).where(lt(playlists.createdAt, time)).run().changes;
    },
    async forgetUser(userId) {
      return db.delete(playlists).where(eq(playlists.userId, userId)).run().changes;
    },
  };
}
