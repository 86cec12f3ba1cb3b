/** The file-id cache on PostgreSQL; what each method promises stands in `../files.ts`. */
import { eq, sql } from 'drizzle-orm';
import { type Files, readDelivery } from '../files.ts';
import type { OpenedPostgres } from './open.ts';
import { files } from './schema.ts';

export function pgFileStore({ db, quick }: Pick<OpenedPostgres, 'db' | 'quick'>): Files {
  return {
    async has(fileKey) {
      const rows = await db.select({ key: files.key }).from(files).where(eq(files.key, fileKey));
      return rows.length > 0;
    },
    async find(fileKey, now) {
      const [row] = await quick
        .update(files)
        .set({ hits: sql`${files.hits} + 1`, usedAt: now })
        .where(eq(files.key, fileKey))
        .returning();
      return row && readDelivery(row.value);
    },
    async keep(fileKey, site, delivery, now) {
      const value = JSON.stringify(delivery);
      const fresh = { value, site, bytes: delivery.bytes, usedAt: now };
      await db
        .insert(files)
        .values({ key: fileKey, ...fresh, createdAt: now })
        .onConflictDoUpdate({ target: files.key, set: fresh });
    },
    async drop(fileKey) {
      await db.delete(files).where(eq(files.key, fileKey));
    },
  };
}
