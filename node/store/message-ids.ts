/** Which message ids jobs know of, for whoever looks for one that nobody heard of. */
import { and, type Column, eq, gt, inArray, isNull, or, type SQL } from 'drizzle-orm';
import type { JobRow } from './schema.ts';

/** Jobs further back were over before the message that is looked for was sent. */
const NEAR_JOBS = 5_000;

type Columns = Record<'id' | 'chatId' | 'chatType' | 'businessId', Column>;
type Shown = Record<'id' | 'state' | 'statusMessageId', Column>;

/** Open jobs that show that message, or none that is known. */
export function mayTakeUp(jobs: Shown, ids: readonly number[], messageId: number): SQL | undefined {
  const open = inArray(jobs.state, ['queued', 'running', 'sending']);
  const free = or(isNull(jobs.statusMessageId), eq(jobs.statusMessageId, messageId));
  return and(inArray(jobs.id, [...ids]), open, free);
}

/** Private chats and basic groups of a bot number their messages together, others by themselves. */
export function sharingIds(jobs: Columns, job: JobRow): SQL | undefined {
  const near = gt(jobs.id, job.id - NEAR_JOBS);
  const own =
    job.businessId !== null || job.chatType === 'supergroup' || job.chatType === 'channel';
  if (own) return and(near, eq(jobs.chatId, job.chatId));
  const together = and(inArray(jobs.chatType, ['private', 'group']), isNull(jobs.businessId));
  return and(near, together);
}

/** What jobs know of the messages around one that nobody heard of. */
export interface NearMessages {
  /** The one that is looked for, where another node has heard its id by now. */
  own?: number | undefined;
  /** Ids above the floor that are other messages' for certain. */
  known: ReadonlySet<number>;
  /** How many messages left before it and are as unheard of: theirs come first. */
  ahead: number;
}

interface NearRow {
  id: number;
  updateId: number;
  replyTo: number | null;
  status: number | null;
  floor: number | null;
  sent: number | null;
}

/** More than this many ids lower, a floor is of an earlier time. */
const SAME_TIME = 64;

export function nearMessages(rows: readonly NearRow[], job: JobRow, above: number): NearMessages {
  // The jobs of an update share one message.
  const isOwn = ({ updateId }: NearRow) => updateId === job.updateId;
  const own = rows.find((row) => isOwn(row) && row.status !== null)?.status ?? undefined;
  const ids = rows.flatMap((row) => [row.replyTo, isOwn(row) ? null : row.status, row.sent]);
  const known = new Set(ids.filter((id): id is number => id !== null && id > above));
  const leftBefore = (row: NearRow) => !isOwn(row) && isAhead(row);
  const isAhead = ({ id, status, floor }: NearRow) =>
    status === null &&
    floor !== null &&
    floor > above - SAME_TIME &&
    (floor < above || (floor === above && id < job.id));
  const ahead = new Set(rows.filter(leftBefore).map(({ updateId }) => updateId)).size;
  return { own, known, ahead };
}
