/**
 * A status message that another node sent a moment ago: that node hears its id in the answer and
 * writes it down. Asking Telegram for it among the messages that three nodes send is the way only
 * when that node is gone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Jobs } from '../store/jobs.ts';
import type { NearMessages } from '../store/message-ids.ts';
import type { JobRow } from '../store/schema.ts';

/** An answer of Telegram takes a tenth of a second, in a storm some. */
const TRIES = 6;
const PAUSE_MS = 500;

/** What jobs know of the messages above that id, once the job's own is known or will not be. */
export function nearWhenHeard(
  jobs: Pick<Jobs, 'find' | 'messagesAbove'>,
  sleep: (ms: number) => Promise<unknown> = delay,
): (job: JobRow, above: number) => Promise<NearMessages> {
  const isUnheard = async ({ id }: JobRow) => {
    const row = await jobs.find(id);
    return row !== undefined && row.statusMessageId === null && row.statusFloor !== null;
  };
  return async (job, above) => {
    for (let tries = 0; tries < TRIES && (await isUnheard(job)); tries++) await sleep(PAUSE_MS);
    return jobs.messagesAbove(job, above);
  };
}
