/** What happens when somebody presses a button under one of the bot's messages. */
import { formatChoice } from '../../shared/choice.ts';
import type { JobRequest } from '../../shared/wire.ts';
import type { JobRow, NewJob } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import { type Button, parseButton } from './button-data.ts';
import { fileKeyOf, startJobs } from './download.ts';
import type { ChatParts, Talk } from './parts.ts';

type Press = Extract<JobRequest['ask'], { kind: 'button' }>;
type JobButton = Extract<Button, { job: number }>;
/** What the person reads in the toast. */
type Toast = keyof Talk['texts']['toast'];

export async function pressButton(parts: ChatParts, talk: Talk, press: Press): Promise<void> {
  const button = parseButton(press.data);
  const toast = button ? await actOn(parts, talk, button, press) : 'expired';
  await answer(parts, press.queryId, toast && talk.texts.toast[toast]);
}

async function answer({ api, log }: ChatParts, queryId: string, text: string | undefined) {
  await api.answerCallbackQuery(queryId, text ? { text } : {}).catch((error) => {
    // Telegram forgets a press after a while; the work it asked for is done all the same.
    if (telegramFault(error).kind !== 'query_expired') log.warn({ err: error }, 'toast not shown');
  });
}

async function actOn(
  parts: ChatParts,
  talk: Talk,
  button: Button,
  press: Press,
): Promise<Toast | undefined> {
  if (button.verb === 'cancel_batch') return cancelBatch(parts, talk, button.update);
  if (button.verb === 'admin') return parts.admin.press(talk, button.action, button.arg, press);
  if (!('job' in button)) return 'expired';
  const job = await parts.store.jobs.find(button.job);
  if (!job) return 'expired';
  if (!mayTouch(parts, talk, job)) return 'notYours';
  return onJob(parts, talk, button, job, press);
}

/** Buttons travel with forwarded messages and can be forged: only the job's owner may press. */
const mayTouch = ({ isAdmin }: ChatParts, { user, request }: Talk, job: JobRow) =>
  (job.userId === user.id || isAdmin(user.id)) && job.chatId === request.chat.id;

async function onJob(
  parts: ChatParts,
  talk: Talk,
  button: JobButton,
  job: JobRow,
  press: Press,
): Promise<Toast | undefined> {
  switch (button.verb) {
    case 'cancel':
      return (await cancelJob(parts, job)) ? 'cancelled' : 'tooLate';
    case 'choose':
      return startAgain(parts, talk, job, formatChoice(button.choice));
    case 'again':
      return sendAgain(parts, talk, job, press);
    case 'arrived':
      if (!(await parts.store.jobs.answered(job.id, parts.now())).was) return 'expired';
      await clearQuestion(parts, job, press);
      return 'done';
    default:
      return 'expired';
  }
}

/** Cancels a job wherever it is; false when it has ended. */
export async function cancelJob(
  parts: Pick<ChatParts, 'runner' | 'store' | 'board' | 'now'>,
  job: JobRow,
): Promise<boolean> {
  if (parts.runner.stop(job.id, 'cancelled')) return true;
  if (!(await parts.store.jobs.cancelWaiting(job.id, parts.now()))) return false;
  await parts.board.ended(job, (texts) => texts.status.cancelled);
  return true;
}

async function cancelBatch(parts: ChatParts, talk: Talk, update: number): Promise<Toast> {
  const jobs = (await parts.store.jobs.ofUpdate(update)).filter((job) =>
    mayTouch(parts, talk, job),
  );
  if (jobs.length === 0) return 'expired';
  const stopped = await Promise.all(jobs.map((job) => cancelJob(parts, job)));
  return stopped.some(Boolean) ? 'cancelled' : 'tooLate';
}

/** The same link once more, with the same or another choice, as a job of its own. */
async function startAgain(
  parts: ChatParts,
  talk: Talk,
  job: JobRow,
  choice: string,
): Promise<Toast> {
  if (talk.user.bannedAt !== null) return 'notYours';
  const row = rowAgain(talk, job, choice, parts.now());
  // A double tap: the first one's job is still on its way to this chat.
  if (await parts.store.jobs.hasLive(row)) return 'working';
  await startJobs(parts, await parts.store.jobs.add(talk.request.updateId, [row]));
  return 'working';
}

function rowAgain({ request, user, lang }: Talk, job: JobRow, choice: string, now: number): NewJob {
  const { url, mediaKey, site, clipStartMs, clipEndMs, replyTo } = job;
  const clip =
    clipStartMs === null
      ? undefined
      : { start: clipStartMs / 1000, ...(clipEndMs !== null && { end: clipEndMs / 1000 }) };
  const { chatId, chatType, threadId, businessId } = job;
  return {
    ...{ url, mediaKey, site, clipStartMs, clipEndMs, replyTo, choice, lang },
    ...{ chatId, chatType, threadId, businessId },
    ...{ updateId: request.updateId, item: 0, userId: user.id, state: 'queued' },
    fileKey: fileKeyOf(mediaKey, choice, clip),
    createdAt: now,
  };
}

/** The question is answered and its new job made in one commit: a second tap finds neither. */
async function sendAgain(parts: ChatParts, talk: Talk, job: JobRow, press: Press): Promise<Toast> {
  if (talk.user.bannedAt !== null) return 'notYours';
  if (job.state !== 'uncertain' && job.state !== 'done') {
    return startAgain(parts, talk, job, job.choice);
  }
  const row = rowAgain(talk, job, job.choice, parts.now());
  const { jobs } = await parts.store.jobs.answered(job.id, parts.now(), row);
  if (jobs.length === 0) return 'expired';
  await clearQuestion(parts, job, press);
  await startJobs(
    parts,
    jobs.filter(({ state }) => state === 'queued'),
  );
  return 'working';
}

/** A question that was answered goes away, so that it cannot be answered twice. */
async function clearQuestion({ api, log }: ChatParts, job: JobRow, press: Press) {
  if (press.messageId === undefined) return;
  await api.deleteMessage(job.chatId, press.messageId).catch((error) => {
    log.debug({ err: error }, 'an answered question could not be removed');
  });
}
