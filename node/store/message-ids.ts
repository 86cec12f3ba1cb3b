/** Which message ids jobs know of, for whoever looks for one that nobody heard of. */
import { and, type Column, eq, gt, inArray, isNull, type SQL } from 'drizzle-orm';
import type { JobRow } from './schema.ts';

/** Jobs further back were over before the message that is looked for was sent. */
const NEAR_JOBS = 5_000;

type Columns = Record<'id' | 'chatId' | 'chatType' | 'businessId', Column>;

/** Private chats and basic groups of a bot number their messages together, others by themselves. */
export function sharingIds(jobs: Columns, job: JobRow): SQL | undefined {
  const near = gt(jobs.id, job.id - NEAR_JOBS);
  const own =
    job.businessId !== null || job.chatType === 'supergroup' || job.chatType === 'channel';
  if (own) return and(near, eq(jobs.chatId, job.chatId));
  const together = and(inArray(jobs.chatType, ['private', 'group']), isNull(jobs.businessId));
  return and(near, together);
}

export function idsAbove(
  rows: readonly { replyTo: number | null; status: number | null; sent: number | null }[],
  above: number,
): ReadonlySet<number> {
  const ids = rows.flatMap(({ replyTo, status, sent }) => [replyTo, status, sent]);
  return new Set(ids.filter((id): id is number => id !== null && id > above));
}
