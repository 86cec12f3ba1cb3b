/** A message with links becomes jobs: canonical, bounded, answered at once where it can be. */

import { canonicalise } from '../../shared/canonical.ts';
import { formatChoice, parseChoice } from '../../shared/choice.ts';
import { isBackwards } from '../../shared/clip.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { Texts } from '../../shared/texts/index.ts';
import type { Clip, JobRequest } from '../../shared/wire.ts';
import { newErrorId } from '../jobs/errors.ts';
import { fileKeyOf } from '../jobs/file-key.ts';
import type { Place } from '../jobs/waiting-line.ts';
import type { JobRow, NewJob, UserRow } from '../store/schema.ts';
import { type ChatParts, reply, type Talk } from './parts.ts';

type Download = Extract<JobRequest['ask'], { kind: 'download' }> & {
  /** Typed in inline mode elsewhere, when that is where the link came from. */
  inlineQuery?: string | undefined;
};

/** One person's jobs that may wait or run at once: a playlist and some more. */
export const MAX_JOBS_PER_USER = 100;
/** Everybody's: at this length the wait is hours and an honest "busy" is kinder. */
export const MAX_JOBS = 5000;

export async function takeLinks(parts: ChatParts, talk: Talk, ask: Download): Promise<void> {
  const { request, texts } = talk;
  const refusal = await boundsRefusal(parts, talk);
  if (refusal) return refuse(parts, talk, refusal);
  const { rows, refused } = toRows(talk, ask, parts.now());
  const jobs = await parts.store.jobs.add(request.updateId, rows);
  await startJobs(
    parts,
    jobs.filter(({ state }) => state === 'queued'),
  );
  const several = ask.links.length > 1;
  for (const { code, url } of refused) await refuse(parts, talk, code, several ? url : undefined);
  if (ask.found > ask.links.length) {
    const counts = { found: ask.found, taken: ask.links.length };
    await reply(parts, request, texts.tooManyLinks(counts));
  }
}

export async function boundsRefusal(
  { store, isAdmin }: ChatParts,
  { user }: Talk,
): Promise<ErrorCode | undefined> {
  if (user.bannedAt !== null) return 'banned';
  if (isAdmin(user.id)) return undefined;
  if ((await store.jobs.countOfUser(user.id)) >= MAX_JOBS_PER_USER) return 'queue_full_user';
  return (await store.jobs.figures()).queued >= MAX_JOBS ? 'busy' : undefined;
}

/** Of several links the one it is about is named. */
export async function refuse(
  parts: ChatParts,
  { request, texts, user }: Talk,
  code: ErrorCode,
  link?: string,
) {
  const errorId = newErrorId();
  parts.log.info({ update: request.updateId, user: user.id, code, errorId }, 'link refused');
  const words = texts.failed({ sentence: texts.errors[code]({}), errorId });
  await reply(parts, request, link ? texts.status.about({ name: link, words }) : words);
}

/** Rows for the links that make sense, and a reason for each that does not. */
function toRows(talk: Talk, { links, inlineQuery }: Download, now: number) {
  const rows: NewJob[] = [];
  const refused: { code: ErrorCode; url: string }[] = [];
  const seen = new Set<string>();
  for (const [item, link] of links.entries()) {
    const canonical = canonicalise(link.url);
    if (!canonical.ok) {
      refused.push({ code: canonical.code, url: link.url });
      continue;
    }
    if (link.clip && isBackwards(link.clip)) {
      refused.push({ code: 'bad_clip', url: link.url });
      continue;
    }
    const choice = wishedChoice(talk.user, link.wish);
    const row = toRow(talk, { item, canonical, clip: link.clip, choice, inlineQuery, now });
    if (!seen.has(row.fileKey)) rows.push(row);
    seen.add(row.fileKey);
  }
  return { rows, refused };
}

interface Wanted {
  item: number;
  canonical: { url: string; key: string; site: string };
  clip?: Clip | undefined;
  choice?: string | undefined;
  inlineQuery?: string | undefined;
  now: number;
}

export function toRow({ request, user, lang, chat }: Talk, wanted: Wanted): NewJob {
  const { canonical, clip, now } = wanted;
  const choice = wanted.choice ?? formatChoice(defaultChoice(user));
  return {
    updateId: request.updateId,
    item: wanted.item,
    userId: user.id,
    chatId: request.chat.id,
    chatType: request.chat.type,
    threadId: request.chat.threadId ?? null,
    businessId: request.chat.businessConnectionId ?? null,
    replyTo: request.messageId ?? null,
    lang,
    url: canonical.url,
    mediaKey: canonical.key,
    fileKey: fileKeyOf(canonical.key, choice, clip),
    site: canonical.site,
    choice,
    quiet: chat?.quiet ?? 0,
    inlineQuery: wanted.inlineQuery ?? null,
    clipStartMs: clip ? Math.round(clip.start * 1000) : null,
    clipEndMs: clip?.end === undefined ? null : Math.round(clip.end * 1000),
    state: 'queued',
    createdAt: now,
  };
}

/** What was wished for beside a link, as the queue spells it; undefined for nothing. */
export function wishedChoice(user: UserRow, wish: string | undefined): string | undefined {
  if (wish === 'audio') return formatChoice({ kind: 'audio', format: user.audioFormat });
  // A video is not larger for being named: the highest quality of the settings still holds.
  if (wish === 'auto' && user.maxHeight > 0)
    return formatChoice({ kind: 'video', height: user.maxHeight });
  const choice = wish === undefined ? undefined : parseChoice(wish);
  return choice && formatChoice(choice);
}

/** What a person gets without asking, by their settings. */
export function defaultChoice(user: UserRow) {
  if (user.mode === 'ask') return { kind: 'ask' as const };
  if (user.mode === 'audio') return { kind: 'audio' as const, format: user.audioFormat };
  if (user.asFile) return { kind: 'file' as const };
  if (user.maxHeight > 0) return { kind: 'video' as const, height: user.maxHeight };
  return { kind: 'auto' as const };
}

/**
 * What Telegram holds already is sent at once and needs no status message; the rest shows that
 * it waits and is claimed when there is room.
 */
export async function startJobs(parts: ChatParts, jobs: readonly JobRow[]): Promise<void> {
  const { store, runner, board, line } = parts;
  const warm: JobRow[] = [];
  const cold: JobRow[] = [];
  for (const job of jobs) ((await store.files.has(job.fileKey)) ? warm : cold).push(job);
  // Of several links all are counted, those that need no waiting as well. A failure whose button
  // asked again is taken away when the file is there.
  if (cold.length > 0 || jobs.some((job) => job.statusMessageId !== null)) board.open(jobs);
  for (const job of warm) {
    runner.adopt(await store.jobs.claimFollowers(job.fileKey, runner.rules()));
  }
  if (cold.length === 0) return;
  for (const job of cold.slice(0, 1)) {
    const place = await line.place(job);
    // The message may have to wait as well: it tells the place of the moment it leaves.
    board.show(job, (texts) => waitingLine(parts, texts, job.site, line.lately(job) ?? place));
  }
  runner.kick();
}

/** Why a new job does not start at once, or its place in the queue. */
function waitingLine(
  { held, noRoom, pausedUntil }: ChatParts,
  { status, admin }: Texts,
  site: string,
  place: Place,
): string {
  if (held()) return admin.notices.maintenance;
  const until = pausedUntil(site);
  if (until !== undefined) return status.paused({ site, until });
  return noRoom() ? status.noSpace : status.queued(place);
}
