import { and, eq } from 'drizzle-orm';
import type { PgDb } from '../../store/postgres/open.ts';
import { jobs } from '../../store/postgres/schema.ts';
import type { Homes } from '../boards.ts';

export function pgHomes(db: PgDb): Homes {
  return {
    async of(jobId) {
      const [row] = await db.select({ home: jobs.home }).from(jobs).where(eq(jobs.id, jobId));
      return row?.home ?? undefined;
    },
    async waiting(nodeId) {
      const own = and(eq(jobs.home, nodeId), eq(jobs.state, 'queued'));
      const rows = await db.select({ id: jobs.id }).from(jobs).where(own);
      return new Set(rows.map(({ id }) => id));
    },
  };
}
