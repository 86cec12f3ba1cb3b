/** What happens when somebody presses a button under one of the bot's messages. */
import type { JobRequest } from '../../shared/wire.ts';
import { whenMember } from '../channels/gate.ts';
import { joined } from '../channels/joined.ts';
import type { JobRow } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import { type Button, parseButton } from './button-data.ts';
import { cancelJob } from './cancel-job.ts';
import { askForClip } from './clip-question.ts';
import { startJobs } from './download.ts';
import { setGroup } from './group.ts';
import { dismissMenu, pickFromMenu, turnPage } from './menu-presses.ts';
import type { ChatParts, Talk } from './parts.ts';
import { pressList } from './playlist.ts';
import { pressScreen } from './screens/press.ts';
import { movedHere, rowAgain, startAgain } from './start-again.ts';

type Press = Extract<JobRequest['ask'], { kind: 'button' }>;
type JobButton = Extract<Button, { job: number }>;
/** What the person reads in the toast. */
type Toast = keyof Talk['texts']['toast'];

export async function pressButton(parts: ChatParts, talk: Talk, press: Press): Promise<void> {
  const button = parseButton(press.data);
  const toast = button ? await actOn(parts, talk, button, press) : 'expired';
  const { group, toast: toasts } = talk.texts;
  const text = toast === 'adminsOnly' ? group.adminsOnly : toast && toasts[toast];
  await answer(parts, press.queryId, text);
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
): Promise<Toast | 'adminsOnly' | undefined> {
  if (button.verb === 'cancel_batch') return cancelBatch(parts, talk, button.update);
  if (button.verb === 'group') return setGroup(parts, talk, button, press);
  if (button.verb === 'joined') return joined(parts, talk, press.messageId);
  if (button.verb === 'admin') return parts.admin.press(talk, button.action, button.arg, press);
  if (!('job' in button)) return pressScreen(parts, talk, button, press);
  const job = await parts.store.jobs.find(button.job);
  if (!job) return 'expired';
  const mine = button.verb === 'history' ? job.userId === talk.user.id : mayTouch(parts, talk, job);
  if (!mine) return 'notYours';
  if (!fetches(button)) return onJob(parts, talk, button, job, press);
  let toast: Toast | undefined;
  const goOn = async (now: Talk) => {
    toast = await onJob(parts, now, button, job, press);
  };
  await whenMember(parts, talk, goOn);
  return toast;
}

const FETCHES = new Set<Button['verb']>(['choose', 'audio', 'menu', 'clip', 'again', 'history']);

/** What makes a new download, so that it is asked who may have one. */
const fetches = (button: JobButton) =>
  FETCHES.has(button.verb) ||
  (button.verb === 'list' && button.what !== 'pause' && button.what !== 'back');

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
      if (await cancelJob(parts, job)) return 'cancelled';
      if (await isLeftProgress(parts, job, press)) await takeAway(parts, job, press);
      return 'tooLate';
    case 'choose':
      if (job.state === 'asking') return pickFromMenu(parts, talk, job, button.choice, press);
      return startAgain(parts, talk, job, { choice: button.choice, over: press.messageId });
    case 'audio': {
      const choice = { kind: 'audio', format: talk.user.audioFormat } as const;
      return startAgain(parts, talk, job, { choice, over: press.messageId });
    }
    case 'menu':
      return startAgain(parts, talk, job, { choice: { kind: 'ask' }, over: press.messageId });
    case 'page':
      return turnPage(parts, job, button.page, press);
    case 'dismiss':
      return dismissMenu(parts, job, press);
    case 'clip':
      await askForClip(parts, talk, job);
      return undefined;
    case 'again':
      return sendAgain(parts, talk, job, press);
    case 'arrived': {
      const { was } = await parts.store.jobs.answered(job.id, parts.now());
      // Also the second time: the question may have outlived its answer.
      await takeAway(parts, job, press);
      return was ? 'done' : 'expired';
    }
    case 'history':
      // A file of another chat may be asked for again, by its own person, and comes here.
      return startAgain(parts, talk, movedHere(talk, job), {});
    case 'list':
      return pressList(parts, talk, { button, job, press });
    default:
      return 'expired';
  }
}

async function cancelBatch(parts: ChatParts, talk: Talk, update: number): Promise<Toast> {
  const jobs = (await parts.store.jobs.ofUpdate(update)).filter((job) =>
    mayTouch(parts, talk, job),
  );
  if (jobs.length === 0) return 'expired';
  const stopped = await Promise.all(jobs.map((job) => cancelJob(parts, job)));
  return stopped.some(Boolean) ? 'cancelled' : 'tooLate';
}

/** The question is answered and its new job made in one commit: a second tap finds neither. */
async function sendAgain(
  parts: ChatParts,
  talk: Talk,
  job: JobRow,
  press: Press,
): Promise<Toast | undefined> {
  if (talk.user.bannedAt !== null) return 'notYours';
  if (job.state !== 'uncertain' && job.state !== 'done') {
    return startAgain(parts, talk, job, { over: press.messageId });
  }
  const row = rowAgain(talk, job, {}, parts.now());
  const { jobs } = await parts.store.jobs.answered(job.id, parts.now(), row);
  await takeAway(parts, job, press);
  if (jobs.length === 0) return 'expired';
  await startJobs(
    parts,
    jobs.filter(({ state }) => state === 'queued'),
  );
  return 'working';
}

/**
 * Whether the pressed message is progress that outlived its job, under an id nobody had heard. A
 * press can come late, or again after a crash: by then the last words may stand in that message.
 */
async function isLeftProgress({ store }: ChatParts, { id }: JobRow, { messageId }: Press) {
  const job = await store.jobs.find(id);
  if (job?.state === 'done') return true;
  const ended = job?.state === 'failed' || job?.state === 'cancelled' || job?.state === 'uncertain';
  return ended && job.statusMessageId !== null && job.statusMessageId !== messageId;
}

/** A question that was answered goes away, so that it cannot be answered twice. */
async function takeAway({ api, log }: ChatParts, job: JobRow, press: Press) {
  if (press.messageId === undefined) return;
  await api.deleteMessage(job.chatId, press.messageId).catch((error) => {
    log.debug({ err: error }, 'a message of no more use could not be removed');
  });
}
