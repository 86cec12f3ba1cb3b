/** How much one job may download. */
import { statfs } from 'node:fs/promises';
import { parseChoice } from '../../shared/choice.ts';
import { MAX_PARTS } from '../formats/offers.ts';
import type { JobRow } from '../store/schema.ts';

/** The person took a video above the limit in several parts. */
export const inParts = (job: Pick<JobRow, 'choice'>): boolean =>
  parseChoice(job.choice)?.kind === 'parts';

/** What is fetched is only the source of what is sent. */
const isSource = (job: Pick<JobRow, 'choice'>): boolean =>
  inParts(job) || parseChoice(job.choice)?.kind === 'audio';

/** The whole and its parts stand on the disk together, and others need room as well. */
const DISK_SHARE = 1 / 3;

/** Bytes. What goes out in parts, or only as sound, may be larger than one upload, as far as the disk allows. */
export async function byteLimit(
  job: Pick<JobRow, 'choice'>,
  dir: string,
  maxFileBytes: number,
): Promise<number> {
  if (!isSource(job)) return maxFileBytes;
  const { bavail, bsize } = await statfs(dir);
  return Math.max(
    maxFileBytes,
    Math.min(maxFileBytes * MAX_PARTS, Math.floor(bavail * bsize * DISK_SHARE)),
  );
}
