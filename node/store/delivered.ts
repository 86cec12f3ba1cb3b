/** Links that worked: what a new yt-dlp is tried on. */
import { and, desc, eq } from 'drizzle-orm';
import type { Db } from './open.ts';
import { jobs } from './schema.ts';

export interface Delivered {
  /** The last link of the site that was fetched and delivered; undefined when none is kept. */
  lastOf(site: string): Promise<string | undefined>;
}

export const deliveredStore = (db: Db): Delivered => ({
  async lastOf(site) {
    const fetched = and(eq(jobs.site, site), eq(jobs.state, 'done'), eq(jobs.fromCache, 0));
    return db.select({ url: jobs.url }).from(jobs).where(fetched).orderBy(desc(jobs.id)).get()?.url;
  },
});
