/**
 * The file-id cache: what was delivered once is delivered again by Telegram itself, without a
 * request to the site and without an upload.
 */
import { eq, sql } from 'drizzle-orm';
import * as v from 'valibot';
import type { Db } from './open.ts';
import { files } from './schema.ts';
import { unsynced } from './unsynced.ts';

const optionalNumber = v.optional(v.number());
const optionalText = v.optional(v.string());

const StoredFile = v.object({
  kind: v.picklist(['video', 'audio', 'photo', 'animation', 'document']),
  fileId: v.string(),
  bytes: v.number(),
  fileName: v.string(),
  title: optionalText,
  performer: optionalText,
  width: optionalNumber,
  height: optionalNumber,
  duration: optionalNumber,
});

/** Files as Telegram holds them. */
export const SentFiles = v.array(StoredFile);

const CachedDelivery = v.object({
  title: v.string(),
  files: SentFiles,
  height: optionalNumber,
  bytes: v.number(),
  why: v.picklist(['best', 'fits', 'asked']),
  /** The link is one video with more rungs to choose from. */
  video: v.boolean(),
});
/** What was sent for a file key: the files and what their caption tells. */
export type CachedDelivery = v.InferOutput<typeof CachedDelivery>;

/** A row's value, as written by `keep`. */
export const readDelivery = (value: string): CachedDelivery =>
  v.parse(CachedDelivery, JSON.parse(value));

export interface Files {
  has(fileKey: string): Promise<boolean>;
  find(fileKey: string, now: number): Promise<CachedDelivery | undefined>;
  keep(fileKey: string, site: string, delivery: CachedDelivery, now: number): Promise<void>;
  /** Telegram no longer knows a file of this entry. */
  drop(fileKey: string): Promise<void>;
}

export function fileStore(db: Db): Files {
  return {
    async has(fileKey) {
      const row = db.select({ key: files.key }).from(files).where(eq(files.key, fileKey)).get();
      return row !== undefined;
    },
    async find(fileKey, now) {
      const used = db
        .update(files)
        .set({ hits: sql`${files.hits} + 1`, usedAt: now })
        .where(eq(files.key, fileKey))
        .returning();
      const row = unsynced(db, () => used.get());
      return row && readDelivery(row.value);
    },
    async keep(fileKey, site, delivery, now) {
      const value = JSON.stringify(delivery);
      const fresh = { value, site, bytes: delivery.bytes, usedAt: now };
      const kept = db
        .insert(files)
        .values({ key: fileKey, ...fresh, createdAt: now })
        .onConflictDoUpdate({ target: files.key, set: fresh });
      // Lost in a power cut, the file is fetched and uploaded once more.
      unsynced(db, () => kept.run());
    },
    async drop(fileKey) {
      db.delete(files).where(eq(files.key, fileKey)).run();
    },
  };
}
