/** Links that worked, on PostgreSQL; see `../delivered.ts`. */
import { and, desc, eq } from 'drizzle-orm';
import type { Delivered } from '../delivered.ts';
import type { PgDb } from './open.ts';
import { jobs } from './schema.ts';

export const pgDeliveredStore = (db: PgDb): Delivered => ({
  async lastOf(site) {
    const fetched = and(eq(jobs.site, site), eq(jobs.state, 'done'), eq(jobs.fromCache, 0));
    const newest = db.select({ url: jobs.url }).from(jobs).where(fetched).orderBy(desc(jobs.id));
    return (await newest.limit(1))[0]?.url;
  },
});
