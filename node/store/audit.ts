/** What admins did that cannot be undone or that others should know of. */
import { desc } from 'drizzle-orm';
import type { Db } from './open.ts';
import { audit } from './schema.ts';

export type AuditRow = typeof audit.$inferSelect;

export interface Audit {
  /** `detail` is kept as JSON. */
  add(line: { at: number; userId: number; action: string; detail: unknown }): Promise<void>;
  /** The newest first. */
  last(limit: number): Promise<AuditRow[]>;
}

export const auditStore = (db: Db): Audit => ({
  async add({ detail, ...line }) {
    db.insert(audit)
      .values({ ...line, detail: JSON.stringify(detail) })
      .run();
  },
  async last(limit) {
    return db.select().from(audit).orderBy(desc(audit.id)).limit(limit).all();
  },
});
