/** How long jobs take, on PostgreSQL; see `../waits.ts`. */
import { and, desc, eq, isNotNull } from 'drizzle-orm';
import { LATELY, typicalOfRows, type Waits } from '../waits.ts';
import type { PgDb } from './open.ts';
import { jobs } from './schema.ts';

export const pgWaitStore = (db: PgDb): Waits => ({
  async typical() {
    const rows = await db
      .select({ site: jobs.site, from: jobs.startedAt, to: jobs.finishedAt })
      .from(jobs)
      .where(
        and(
          ...[eq(jobs.state, 'done'), eq(jobs.fromCache, 0)],
          ...[isNotNull(jobs.startedAt), isNotNull(jobs.finishedAt)],
        ),
      )
      .orderBy(desc(jobs.finishedAt))
      .limit(LATELY);
    return typicalOfRows(rows);
  },
});
