/**
 * A list's link becomes a question, and the answer a batch:
 *
 *   link ──▶ looked up (a job) ──▶ picker ──▶ first 10, all, or a typed range ──▶ a job for each
 *
 * The batch shares one status message with pause, resume and cancel. Being ordinary jobs, its
 * entries wait their fair turn between those of other people.
 */
import { canonicalise } from '../../shared/canonical.ts';
import { formatChoice, parseChoice } from '../../shared/choice.ts';
import { JobError } from '../../shared/errors.ts';
import { parseRange } from '../../shared/ranges.ts';
import type { Texts } from '../../shared/texts/index.ts';
import { textsFor } from '../../shared/texts/index.ts';
import type { JobRequest } from '../../shared/wire.ts';
import type { ListFound } from '../jobs/fetch.ts';
import type { Board } from '../status/board.ts';
import type { Keyboard } from '../status/card.ts';
import type { Playlist } from '../store/playlists.ts';
import type { JobRow, NewJob } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { type ListAction, listData } from './button-data.ts';
import { MAX_JOBS_PER_USER, startJobs, toRow } from './download.ts';
import { type ChatParts, reply, type Talk } from './parts.ts';

/** Entries of a list that are taken at a time. */
const MAX_PICKED = 50;
const FIRST = 10;
/** A question for a range is answered within the hour or not at all. */
const ASKED_MS = 3_600_000;

type Toast = keyof Texts['toast'];

export interface AskParts {
  store: Pick<Store, 'jobs' | 'playlists'>;
  board: Pick<Board, 'asked'>;
  now(): number;
}

/** Asks the owner of a list's link what to take of it; the job that looked it up is over. */
export async function askList(
  { store, board, now }: AskParts,
  job: JobRow,
  { info, entries }: ListFound,
): Promise<void> {
  const total = Math.max(info.entryCount ?? 0, entries.length);
  const { id: jobId, userId, chatId } = job;
  const listed = entries.map(({ url, title }) => ({ url, ...(title && { title }) }));
  const list = { jobId, userId, chatId, title: info.title, total, entries: listed };
  await store.playlists.keep(list, now());
  const title = info.title || undefined;
  const keyboard = pickKeyboard(job, entries.length);
  await board.asked(job, (t) => t.list.ask({ title, total, max: MAX_PICKED }), keyboard);
  // Nothing was delivered, so it is no entry of anybody's history.
  const error = new JobError('playlist_link', `${total} entries`);
  await store.jobs.end(job, { state: 'failed', now: now(), error });
}

function pickKeyboard({ id, lang }: JobRow, listed: number): Keyboard {
  const { list } = textsFor(lang);
  const all = Math.min(listed, MAX_PICKED);
  const label = listed > MAX_PICKED ? list.first(all) : list.all(all);
  const first = { text: list.first(FIRST), callback_data: listData(id, 'first') };
  const rows: Keyboard = [
    [...(listed > FIRST ? [first] : []), { text: label, callback_data: listData(id, 'all') }],
  ];
  if (listed > 1) rows.push([{ text: list.typeRange, callback_data: listData(id, 'range') }]);
  return rows;
}

interface ListPress {
  button: { what: ListAction };
  /** The job that looked the list up. */
  job: JobRow;
  press: Extract<JobRequest['ask'], { kind: 'button' }>;
}

/** A button of the picker or of the batch's status message was pressed by the list's owner. */
export async function pressList(
  parts: ChatParts,
  talk: Talk,
  { button, job, press }: ListPress,
): Promise<Toast> {
  const list = await parts.store.playlists.find(job.id);
  if (!list) return 'expired';
  switch (button.what) {
    case 'first':
    case 'all': {
      const most = button.what === 'first' ? FIRST : MAX_PICKED;
      const places = list.entries.slice(0, most).map((_, at) => at + 1);
      return take(parts, talk, { list, job, places, messageId: press.messageId });
    }
    case 'range':
      return askRange(parts, talk, list, press.messageId);
    case 'back':
      return backToPicker(parts, list, job, press.messageId);
    case 'pause':
    case 'resume':
      return rest(parts, list, button.what === 'pause');
  }
}

async function askRange(
  { api, store }: ChatParts,
  { request, texts }: Talk,
  list: Playlist,
  messageId: number | undefined,
): Promise<Toast> {
  if (messageId === undefined || list.pickedUpdateId !== null) return 'expired';
  await store.playlists.ask(list.jobId, messageId);
  const facts = { total: list.entries.length, max: MAX_PICKED };
  const { businessConnectionId: connection } = request.chat;
  await api.editMessageText(request.chat.id, messageId, texts.list.askRange(facts), {
    ...(connection !== undefined && { business_connection_id: connection }),
    reply_markup: {
      inline_keyboard: [
        [{ text: texts.buttons.back, callback_data: listData(list.jobId, 'back') }],
      ],
    },
  });
  return 'working';
}

/** The question for a range is taken back: the picker stands where it stood. */
async function backToPicker(
  { api, store }: ChatParts,
  list: Playlist,
  job: JobRow,
  messageId: number | undefined,
): Promise<Toast> {
  if (messageId === undefined || list.pickedUpdateId !== null) return 'expired';
  await store.playlists.ask(list.jobId, null);
  const { title, total, entries } = list;
  const ask = textsFor(job.lang).list.ask({ title: title || undefined, total, max: MAX_PICKED });
  await api.editMessageText(job.chatId, messageId, ask, {
    ...(job.businessId !== null && { business_connection_id: job.businessId }),
    reply_markup: { inline_keyboard: pickKeyboard(job, entries.length) },
  });
  return 'done';
}

async function rest({ store, boards, runner }: ChatParts, list: Playlist, paused: boolean) {
  if (list.pickedUpdateId === null) return 'expired';
  const changed = await store.playlists.hold(list.pickedUpdateId, paused);
  if (changed === 0) return 'tooLate';
  await boards.pause(list.pickedUpdateId, paused);
  runner.kick();
  return 'done';
}

/** Answers an open question for a range; false when the text was meant for somebody else. */
export async function typedRange(parts: ChatParts, talk: Talk, text: string): Promise<boolean> {
  const { store, api, now, log } = parts;
  const { user, request, texts } = talk;
  const list = await store.playlists.asked(user.id, request.chat.id, now() - ASKED_MS);
  const job = list && (await store.jobs.find(list.jobId));
  if (!list || !job) return false;
  const facts = { total: list.entries.length, max: MAX_PICKED };
  const places = parseRange(text, facts);
  if (!places) {
    await reply(parts, request, texts.list.badRange(facts));
    return true;
  }
  const toast = await take(parts, talk, { list, job, places });
  if (toast !== 'working') await reply(parts, request, texts.toast[toast]);
  if (list.askedMessageId !== null) {
    await api.deleteMessage(request.chat.id, list.askedMessageId).catch((err) => {
      log.debug({ err }, 'an answered question could not be removed');
    });
  }
  return true;
}

interface Picked {
  list: Playlist;
  job: JobRow;
  /** From 1. */
  places: number[];
  /** The picker, which becomes the status message. */
  messageId?: number | undefined;
}

async function take(parts: ChatParts, talk: Talk, picked: Picked): Promise<Toast> {
  const { store, board, isAdmin } = parts;
  const { request, user, texts } = talk;
  if (user.bannedAt !== null) return 'notYours';
  const rows = rowsOf(talk, picked, parts.now());
  const waiting = await store.jobs.countOfUser(user.id);
  if (!isAdmin(user.id) && waiting + rows.length > MAX_JOBS_PER_USER) {
    await reply(parts, request, texts.errors.queue_full_user({}));
    return 'tooLate';
  }
  if (!(await store.playlists.pick(picked.list.jobId, request.updateId))) return 'tooLate';
  const added = await store.jobs.add(request.updateId, rows);
  const jobs = added.filter(({ state }) => state === 'queued');
  // Shown before the first is sent: what Telegram holds already counts as well.
  board.open(jobs);
  await startJobs(parts, jobs);
  return 'working';
}

/** A row for each place, each thing once; entries that are no web address are left out. */
function rowsOf(talk: Talk, { list, job, places, messageId }: Picked, now: number): NewJob[] {
  const rows = new Map<string, NewJob>();
  // What was wished for the list is wished for all of it; whoever is asked about every link did
  // not mean fifty questions.
  const asked = parseChoice(job.choice);
  const choice = formatChoice(!asked || asked.kind === 'ask' ? { kind: 'auto' } : asked);
  for (const [item, place] of places.entries()) {
    const entry = list.entries[place - 1];
    const canonical = entry && canonicalise(entry.url);
    if (!canonical?.ok) continue;
    const row = toRow(talk, { item, canonical, choice, now });
    if (rows.has(row.fileKey)) continue;
    rows.set(row.fileKey, {
      ...row,
      title: entry?.title ?? null,
      replyTo: job.replyTo,
      playlistId: list.jobId,
      statusMessageId: messageId ?? null,
      // Pause and cancel need a message to stand under, in a quiet group as well.
      quiet: 0,
    });
  }
  return [...rows.values()];
}
