/**
 * Inline mode: `@bot link` in any chat.
 *
 *   known to Telegram ──▶ the file as a result, sent by the person at once
 *   not yet ──▶ a button into the private chat (`/start TOKEN`) ──▶ fetched there ──▶ a button back
 */
import { createHash } from 'node:crypto';
import type { Api } from 'grammy';
import type { InlineQueryResult } from 'grammy/types';
import * as v from 'valibot';
import { canonicalise } from '../../shared/canonical.ts';
import { formatChoice } from '../../shared/choice.ts';
import { findLinks } from '../../shared/links.ts';
import { textsFor } from '../../shared/texts/index.ts';
import type { FoundLink, JobRequest } from '../../shared/wire.ts';
import { whenMember } from '../channels/gate.ts';
import { fileKeyOf } from '../jobs/file-key.ts';
import type { Log } from '../log.ts';
import type { SentFile } from '../media/media.ts';
import { replyTarget } from '../status/transport.ts';
import type { CachedDelivery } from '../store/files.ts';
import type { JobRow } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import { sendWith } from '../telegram/send-context.ts';
import { defaultChoice, takeLinks, wishedChoice } from './download.ts';
import { type ChatParts, reply, type Talk } from './parts.ts';

type Inline = Extract<JobRequest['ask'], { kind: 'inline' }>;

/** Where the links behind `/start TOKEN` are kept, and how long. */
const SPACE = 'inline link';
const KEPT_MS = 24 * 3_600_000;
/** Seconds Telegram may repeat an answer: a file stays, but "not yet" changes within a minute. */
const CACHE_S = { known: 300, unknown: 0 };
/** `/start` without a link to fetch: the person tapped the hint. */
const HINT = 'inline';
const MAX_RESULTS = 50;

const Kept = v.object({ query: v.string(), userId: v.number() });

export async function answerInline(parts: ChatParts, talk: Talk, ask: Inline): Promise<void> {
  const [link] = findLinks({ text: ask.query });
  const { texts, user } = talk;
  if (!link || user.bannedAt !== null) {
    const text = texts.inline.hint;
    return answer(parts, ask, { results: [], button: { text, start_parameter: HINT } });
  }
  // Whoever has yet to join is told so in the private chat, also where the file is known.
  const mayHave = (await parts.membership.missing(user.id)).length === 0;
  const known = mayHave ? await knownFile(parts, talk, link) : undefined;
  if (known) return answer(parts, ask, { results: resultsOf(talk, known) });
  const start_parameter = await keepQuery(parts, user.id, ask.query);
  return answer(parts, ask, { results: [], button: { text: texts.inline.fetch, start_parameter } });
}

interface InlineAnswer {
  results: InlineQueryResult[];
  button?: { text: string; start_parameter: string };
}

async function answer({ api, log }: ChatParts, { queryId }: Inline, what: InlineAnswer) {
  const { results, button } = what;
  const cache_time = results.length > 0 ? CACHE_S.known : CACHE_S.unknown;
  const options = { cache_time, is_personal: true, ...(button && { button }) };
  await api.answerInlineQuery(queryId, results, options).catch((error) => {
    // The person typed on: this answer is for a query nobody waits for any more.
    if (telegramFault(error).kind !== 'query_expired') log.warn({ err: error }, 'inline answer');
  });
}

/** What Telegram holds of a link in the person's own choice, else as the bot would choose. */
async function knownFile(
  { store, now }: ChatParts,
  { user }: Talk,
  { url, clip, wish }: FoundLink,
) {
  const canonical = canonicalise(url);
  if (!canonical.ok) return undefined;
  const wished = wishedChoice(user, wish);
  const choices = wished ? [wished] : [formatChoice(defaultChoice(user)), 'auto'];
  for (const choice of new Set(choices)) {
    const key = fileKeyOf(canonical.key, choice, clip);
    if (await store.files.has(key)) return store.files.find(key, now());
  }
  return undefined;
}

function resultsOf({ texts, user }: Talk, known: CachedDelivery): InlineQueryResult[] {
  const { title, height, bytes, why } = known;
  const caption = user.captions === 0 ? undefined : texts.caption({ title, height, bytes, why });
  return known.files
    .slice(0, MAX_RESULTS)
    .map((file, at) => resultOf(file, String(at), texts.inline.cached({ title }), caption));
}

function resultOf(
  { kind, fileId }: SentFile,
  id: string,
  title: string,
  caption: string | undefined,
): InlineQueryResult {
  const common = { id, ...(caption !== undefined && { caption }) };
  switch (kind) {
    case 'video':
      return { type: 'video', video_file_id: fileId, title, ...common };
    case 'photo':
      return { type: 'photo', photo_file_id: fileId, title, ...common };
    case 'audio':
      return { type: 'audio', audio_file_id: fileId, ...common };
    case 'animation':
      return { type: 'mpeg4_gif', mpeg4_file_id: fileId, title, ...common };
    case 'document':
      return { type: 'document', document_file_id: fileId, title, ...common };
  }
}

/** A link does not fit into the 64 characters after `/start`; the same query has one token. */
async function keepQuery({ store, now }: ChatParts, userId: number, query: string) {
  const token = createHash('sha256').update(`${userId} ${query}`).digest('base64url').slice(0, 24);
  await store.state.forgetBefore(SPACE, now() - KEPT_MS);
  await store.state.set(SPACE, token, { query, userId }, now());
  return token;
}

/** `/start TOKEN`: fetches what its person typed in inline mode; false when it is none. */
export async function startWithLink(parts: ChatParts, talk: Talk, token: string): Promise<boolean> {
  if (!/^[\w-]{24}$/.test(token)) return false;
  const kept = await parts.store.state.get(SPACE, token, Kept);
  // A token travels in a link that can be passed on: it works for the person it was made for.
  if (kept?.userId !== talk.user.id) {
    await reply(parts, talk.request, talk.texts.toast.expired);
    return true;
  }
  const links = findLinks({ text: kept.query }).slice(0, 1);
  const ask = { kind: 'download', links, found: 1, inlineQuery: kept.query } as const;
  await whenMember(parts, talk, (now) => takeLinks(parts, now, { ...ask, links }));
  return true;
}

/** After a delivery that began in another chat: a button that leads back there with the link. */
export async function showWayBack(api: Api, log: Log, job: JobRow): Promise<void> {
  if (job.inlineQuery === null) return;
  const { goBack, goBackButton: text } = textsFor(job.lang).inline;
  const back = { text, switch_inline_query: job.inlineQuery };
  await sendWith({ priority: 'answer' }, () =>
    api.sendMessage(job.chatId, goBack, {
      ...replyTarget(job),
      reply_markup: { inline_keyboard: [[back]] },
    }),
  ).catch((err) => log.warn({ job: job.id, err }, 'the way back was not shown'));
}
