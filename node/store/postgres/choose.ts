/** The fair choice of the job that runs next, over all nodes. */
import { type SQL, sql } from 'drizzle-orm';
import { type ClaimRules, SUSPECT_AFTER } from '../jobs.ts';
import { mayTake } from './home.ts';

/**
 * The id of the next job for a node: whoever has the fewest jobs running goes first, then the
 * oldest job. People with nothing running are looked at alone first: the search then ends at the
 * first job found, however long the queue is.
 *
 * Rows another transaction is just changing are skipped; it tells everyone when it is done.
 */
export function nextJob(rules: ClaimRules, nodeId: string): SQL {
  const able = ableJob(rules, nodeId);
  return sql`(
    WITH live AS MATERIALIZED (SELECT user_id, file_key, crashes FROM jobs
           WHERE state IN ('running', 'sending')),
         busy AS MATERIALIZED (SELECT user_id, count(*) AS n FROM live GROUP BY user_id)
    SELECT * FROM (SELECT j.id FROM jobs j
      WHERE ${able} AND j.user_id NOT IN (SELECT user_id FROM busy)
      ORDER BY j.id LIMIT 1 FOR UPDATE OF j SKIP LOCKED) free
    UNION ALL
    SELECT * FROM (SELECT j.id FROM jobs j JOIN busy b ON b.user_id = j.user_id
      WHERE ${able} AND b.n < ${rules.perUser}
      ORDER BY b.n, j.id LIMIT 1 FOR UPDATE OF j SKIP LOCKED) more
    LIMIT 1)`;
}

function ableJob({ now, skipSites }: ClaimRules, nodeId: string): SQL {
  const sites = skipSites.length > 0 ? sql`AND j.site NOT IN ${[...skipSites]}` : sql``;
  return sql`j.state = 'queued' AND j.not_before <= ${now} ${sites}
    AND j.file_key NOT IN (SELECT file_key FROM live)
    AND (j.crashes < ${SUSPECT_AFTER}
      OR NOT EXISTS (SELECT 1 FROM live WHERE live.crashes >= ${SUSPECT_AFTER}))
    AND ${mayTake(nodeId, now)}`;
}

/** The queued jobs in the order they would start; pg reads int8 as text. */
export const queueOrder = sql`
  SELECT q.id::float8 AS id, q.update_id::float8 AS "updateId", q.user_id::float8 AS "userId",
         q.site, q.not_before::float8 AS "notBefore"
  FROM (SELECT id, update_id, user_id, site, not_before,
               row_number() OVER (PARTITION BY user_id ORDER BY id) AS k
        FROM jobs WHERE state = 'queued') q
  LEFT JOIN (SELECT user_id, count(*) AS n FROM jobs
             WHERE state IN ('running', 'sending') GROUP BY user_id) r ON r.user_id = q.user_id
  ORDER BY q.k + coalesce(r.n, 0), q.id`;
