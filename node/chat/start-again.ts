/** The same link once more, with the same or another choice or part, as a job of its own. */
import { type Choice, formatChoice } from '../../shared/choice.ts';
import type { Clip } from '../../shared/wire.ts';
import { clipOf } from '../jobs/fetch.ts';
import { fileKeyOf } from '../jobs/file-key.ts';
import type { JobRow, NewJob } from '../store/schema.ts';
import { boundsRefusal, refuse, startJobs } from './download.ts';
import type { ChatParts, Talk } from './parts.ts';

export interface Change {
  choice?: Choice;
  clip?: Clip;
  /** The message whose button asked: when it only told a failure, it becomes the new status. */
  over?: number | undefined;
}

/** Nothing new is made while the same is under way for that person, however often they tap. */
export async function startAgain(
  parts: ChatParts,
  talk: Talk,
  job: JobRow,
  change: Change,
): Promise<'notYours' | 'working' | undefined> {
  if (talk.user.bannedAt !== null) return 'notYours';
  const refusal = await boundsRefusal(parts, talk);
  if (refusal) {
    await refuse(parts, talk, refusal);
    return undefined;
  }
  const added = await parts.store.menus.addOnce(rowAgain(talk, job, change, parts.now()));
  if (added) await startJobs(parts, [added]);
  return 'working';
}

/** The row of such a job. */
export function rowAgain(talk: Talk, job: JobRow, change: Change, now: number): NewJob {
  const { request, user, lang } = talk;
  const { url, mediaKey, site, replyTo, chatId, chatType, threadId, businessId } = job;
  const choice = change.choice ? formatChoice(change.choice) : job.choice;
  const clip = change.clip ?? clipOf(job);
  const ended = job.state === 'failed' || job.state === 'cancelled';
  return {
    ...{ url, mediaKey, site, replyTo, chatId, chatType, threadId, businessId, choice, lang },
    ...{ updateId: request.updateId, item: 0, userId: user.id, state: 'queued' },
    clipStartMs: clip ? Math.round(clip.start * 1000) : null,
    clipEndMs: clip?.end === undefined ? null : Math.round(clip.end * 1000),
    fileKey: fileKeyOf(mediaKey, choice, clip),
    statusMessageId: ended ? (change.over ?? null) : null,
    createdAt: now,
  };
}

/** The same job for the chat somebody writes in, as an answer to what they wrote. */
export const movedHere = ({ request: { chat, messageId } }: Talk, job: JobRow): JobRow => ({
  ...job,
  chatId: chat.id,
  chatType: chat.type,
  threadId: chat.threadId ?? null,
  businessId: chat.businessConnectionId ?? null,
  replyTo: messageId ?? (chat.id === job.chatId ? job.replyTo : null),
});
