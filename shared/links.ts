/**
 * Links as people send them: in a text, a caption or a forwarded post, marked by Telegram's
 * entities or not, glued to Persian words and marks, with or without a scheme.
 */
import { clipAndRest } from './clip.ts';
import { siteOfHost } from './sites.ts';
import type { FoundLink } from './wire.ts';
import { wishOf } from './wish.ts';

export interface TextEntity {
  type: string;
  /** UTF-16 code units, as Telegram counts and as JavaScript slices. */
  offset: number;
  length: number;
  url?: string | undefined;
}

interface Hit {
  url: string;
  start: number;
  end: number;
}

const MAX_URL = 2048;

/** What ends a link: space, quotes, Persian and CJK marks, joiners and direction marks. */
const STOP =
  '\\s<>"`{}|^،؛؟«»“”„‘’…。、，！？（）【】「」\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff';
const WITH_SCHEME = `https?://[^${STOP}]+`;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** A bare domain; nothing that is part of a word, a path, an address of mail or a longer name. */
const BARE = `(?<![\\w@/.:=&%#-])(?:${LABEL}\\.)+[a-z]{2,18}(?![\\w@-])\\.?(?::\\d{2,5})?(?:[/?][^${STOP}]*)?`;
/** Telegram takes Persian marks for part of a link; they end it here. */
const UNTIL_STOP = new RegExp(`^[^${STOP}]+`, 'u');
const SCAN = new RegExp(`${WITH_SCHEME}|${BARE}`, 'giu');

/** Endings that make a bare name an address; `main.py` and `read.me` are not on the list. */
const TLDS = new Set(
  (
    'com net org ir tv io co app dev info biz be ly gg fm to cc de fr uk us ru tr ae af tj ca au in eu nl es it jp kr cn ' +
    'br se ch at pl ua az iq pk live video media news social site online xyz club cloud page link edu gov'
  ).split(' '),
);

const ARABIC = /\p{Script=Arabic}/u;
const CLOSERS: Record<string, string> = { ')': '(', ']': '[' };

/** Up to the first closing bracket that nothing in the link opened. */
function untilUnopened(text: string): string {
  const open: string[] = [];
  for (const [index, char] of [...text].entries()) {
    if (char === '(' || char === '[') open.push(char);
    const opener = CLOSERS[char];
    if (opener !== undefined && open.pop() !== opener) return [...text].slice(0, index).join('');
  }
  return text;
}

const hostOf = (url: string): string =>
  /^(?:https?:\/\/)?(?:[^/?#]*@)?([^/?#:]+)/i.exec(url)?.[1]?.toLowerCase() ?? '';

/** Cuts what the sentence around a link left hanging on it. */
function trimmed(raw: string, before: string): string {
  let text = untilUnopened(raw);
  // Two links without a space between them; `/https://…` and `=https://…` are one.
  const glued = /[\w,;-](?=https?:\/\/)/i.exec(text);
  if (glued) text = text.slice(0, glued.index + 1);
  // The addresses of known sites hold no Persian letters: those belong to the next word.
  if (siteOfHost(hostOf(text))) {
    const letter = text.search(ARABIC);
    if (letter >= 0) text = text.slice(0, letter);
  }
  text = text.replace(/[.,;:!?'*~\\]+$/, '');
  // `_` may end a video id; it is markdown only when the same mark stands before the link.
  return before === '_' && text.endsWith('_') ? text.slice(0, -1) : text;
}

/** The link with its scheme, or undefined when it is no address (`main.py`, `end.Next`). */
function completed(text: string, byTelegram: boolean): string | undefined {
  if (/^https?:\/\/[^/]/i.test(text)) return text;
  if (/^[a-z][\w+.-]*:/i.test(text) && !/^[^/:]+:\d/.test(text)) return undefined;
  const host = hostOf(text).replace(/\.$/, '');
  const known = siteOfHost(host) !== undefined || TLDS.has(host.split('.').at(-1) ?? '');
  const withPath = byTelegram && text.includes('/');
  return host.includes('.') && (known || withPath) ? `https://${text}` : undefined;
}

function fromEntity(text: string, entity: TextEntity): Hit | undefined {
  const span = { start: entity.offset, end: entity.offset + entity.length };
  if (entity.type === 'text_link') {
    const url = entity.url && completed(entity.url.trim(), true);
    return url ? { url, ...span } : undefined;
  }
  const [marked = ''] = UNTIL_STOP.exec(text.slice(span.start, span.end)) ?? [];
  const raw = trimmed(marked, text[span.start - 1] ?? '');
  const url = completed(raw, true);
  return url ? { url, start: span.start, end: span.start + raw.length } : undefined;
}

/** Text that Telegram has explained already is blanked, so that the scan leaves it alone. */
function blank(text: string, entities: readonly TextEntity[], hits: readonly Hit[]): string {
  const taken = entities
    .filter(({ type }) => ['text_link', 'email', 'mention'].includes(type))
    .map(({ offset, length }) => ({ start: offset, end: offset + length }));
  return [...taken, ...hits].reduce(
    (rest, { start, end }) =>
      rest.slice(0, start) + ' '.repeat(Math.min(end, rest.length) - start) + rest.slice(end),
    text,
  );
}

function scan(text: string): Hit[] {
  const hits: Hit[] = [];
  SCAN.lastIndex = 0;
  for (let match = SCAN.exec(text); match; match = SCAN.exec(text)) {
    const raw = trimmed(match[0], text[match.index - 1] ?? '');
    const url = completed(raw, false);
    if (url) hits.push({ url, start: match.index, end: match.index + raw.length });
    // What was cut off may hold the next link.
    SCAN.lastIndex = match.index + Math.max(raw.length, 1);
  }
  return hits;
}

/** The rest of the line after a link, without the brackets and marks that closed it. */
function lineAfter(text: string, end: number): string {
  const rest = text.slice(end).split(/[\n\r]/, 1)[0] ?? '';
  return rest.replace(/^[)\]»>"'`*_.،,;؛]+/, '');
}

/** What stands before the first link of a line. */
function lineBefore(text: string, start: number, previousEnd: number): string {
  const lineStart = Math.max(text.lastIndexOf('\n', start - 1), text.lastIndexOf('\r', start - 1));
  return lineStart < previousEnd - 1 ? '' : text.slice(lineStart + 1, start);
}

/** What was written beside a link: a part of it, and what to make of it. */
function besides(text: string, hits: readonly Hit[], at: number): Omit<FoundLink, 'url'> {
  const [hit, next] = [hits[at], hits[at + 1]];
  if (!hit) return {};
  const part = clipAndRest(lineAfter(text, hit.end));
  const untilNext = next ? text.slice(0, Math.max(hit.end, next.start)) : text;
  const behind = lineAfter(untilNext, hit.end);
  const left = part ? (clipAndRest(behind)?.rest ?? '') : behind;
  const wish = wishOf(left) ?? wishOf(lineBefore(text, hit.start, hits[at - 1]?.end ?? 0));
  return { ...(part && { clip: part.clip }), ...(wish !== undefined && { wish }) };
}

const inside = (text: string, entity: TextEntity) =>
  entity.offset >= 0 && entity.length > 0 && entity.offset + entity.length <= text.length;

/**
 * Every link of a message in the order it is read, each once, with the clip that stands behind
 * it in its line and the wish (`mp3`, `720p`, «صدا») that stands beside it. Links are as written, with `https://` before bare ones; whether one may be
 * fetched is not decided here. Links over 2048 characters are left out.
 */
export function findLinks(input: { text: string; entities?: readonly TextEntity[] }): FoundLink[] {
  const { text } = input;
  const entities = (input.entities ?? []).filter((entity) => inside(text, entity));
  const marked = entities
    .filter(({ type }) => type === 'url' || type === 'text_link')
    .flatMap((entity) => fromEntity(text, entity) ?? []);
  const hits = [...marked, ...scan(blank(text, entities, marked))];
  hits.sort((a, b) => a.start - b.start);

  const found = new Map<string, FoundLink>();
  for (const [at, { url }] of hits.entries()) {
    const link = { url, ...besides(text, hits, at) };
    const key = JSON.stringify(link);
    if (url.length <= MAX_URL && !found.has(key)) found.set(key, link);
  }
  return [...found.values()];
}
