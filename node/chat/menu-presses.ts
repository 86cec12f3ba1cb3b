/** Buttons of an open quality menu. The row's state is the lock: only the first pick counts. */
import { type Choice, formatChoice } from '../../shared/choice.ts';
import type { JobRequest } from '../../shared/wire.ts';
import { clipOf } from '../jobs/fetch.ts';
import { fileKeyOf } from '../jobs/file-key.ts';
import type { JobRow } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import type { MenuPage } from './button-data.ts';
import { startJobs } from './download.ts';
import type { ChatParts, Talk } from './parts.ts';
import { editScreen } from './screens/edit.ts';
import { qualityMenu } from './screens/quality-menu.ts';

type Press = Extract<JobRequest['ask'], { kind: 'button' }>;

/** The menu's message becomes the status message of what was picked. */
export async function pickFromMenu(
  parts: ChatParts,
  { request, user }: Talk,
  job: JobRow,
  picked: Choice,
  press: Press,
): Promise<'working' | 'expired' | 'notYours'> {
  if (user.bannedAt !== null) return 'notYours';
  const choice = formatChoice(picked);
  const chosen = await parts.store.menus.choose(job.id, {
    ...{ updateId: request.updateId, item: 0, choice, now: parts.now() },
    fileKey: fileKeyOf(job.mediaKey, choice, clipOf(job)),
    ...(press.messageId !== undefined && { statusMessageId: press.messageId }),
  });
  if (!chosen) return 'expired';
  // Sent from Telegram's own store, a file needs no status message and the menu just goes.
  const atOnce = await parts.store.files.has(chosen.fileKey);
  await startJobs(parts, [chosen]);
  if (atOnce && press.messageId !== undefined) await removeMessage(parts, job, press.messageId);
  return 'working';
}

/** Shows another page; a menu whose link was forgotten looks at it again. */
export async function turnPage(
  parts: ChatParts,
  job: JobRow,
  page: MenuPage,
  press: Press,
): Promise<'expired' | 'working' | undefined> {
  if (job.state !== 'asking' || press.messageId === undefined) return 'expired';
  const info = parts.memory.peek(job.url);
  if (!info) return lookAgain(parts, job, press.messageId);
  const { text, keyboard } = qualityMenu(job, info, parts.maxFileBytes, page);
  await editScreen(parts, { chatId: job.chatId, messageId: press.messageId }, text, keyboard);
  return undefined;
}

async function lookAgain(parts: ChatParts, job: JobRow, messageId: number) {
  const { updateId, item, choice, fileKey } = job;
  const again = { updateId, item, choice, fileKey, statusMessageId: messageId, now: parts.now() };
  const queued = await parts.store.menus.choose(job.id, again);
  if (!queued) return 'expired';
  await startJobs(parts, [queued]);
  return 'working';
}

export async function dismissMenu(
  parts: ChatParts,
  job: JobRow,
  press: Press,
): Promise<'expired' | undefined> {
  if (job.state !== 'asking') return 'expired';
  await parts.store.jobs.cancelWaiting(job.id, parts.now());
  if (press.messageId !== undefined) await removeMessage(parts, job, press.messageId);
  return undefined;
}

async function removeMessage({ api, log }: ChatParts, job: JobRow, messageId: number) {
  await api.deleteMessage(job.chatId, messageId).catch((err) => {
    if (telegramFault(err).kind !== 'message_gone') log.warn({ err }, 'a menu was not removed');
  });
}
