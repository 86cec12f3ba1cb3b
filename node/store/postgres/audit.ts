/** The audit on PostgreSQL; what each method promises stands in `../audit.ts`. */
import { desc } from 'drizzle-orm';
import type { Audit } from '../audit.ts';
import type { PgDb } from './open.ts';
import { audit } from './schema.ts';

export const pgAuditStore = (db: PgDb): Audit => ({
  async add({ detail, ...line }) {
    await db.insert(audit).values({ ...line, detail: JSON.stringify(detail) });
  },
  last: (limit) => db.select().from(audit).orderBy(desc(audit.id)).limit(limit),
});
