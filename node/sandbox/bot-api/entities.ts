/** Entities: what Telegram marks in a text a person wrote, and what `parse_mode: HTML` asks for. */
import { bad } from './api-error.ts';
import type { Entity } from './shapes.ts';

const FOUND: readonly [string, RegExp][] = [
  ['bot_command', /(?<![\w/])\/[a-z0-9_]{1,32}(?:@\w+)?/gi],
  [
    'url',
    /\b(?:https?:\/\/[^\s<>"]+|(?:[a-z0-9-]+\.)+(?:com|org|net|io|be|tv|ir|co|me)\b(?:\/[^\s<>"]*)?)/gi,
  ],
];

/** The entities Telegram's clients attach by themselves: commands and links. */
export function findEntities(text: string): Entity[] {
  return FOUND.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)].map((m) => ({ type, offset: m.index, length: m[0].length })),
  )
    .filter((e, _, all) => e.type === 'url' || !all.some((u) => u.type === 'url' && within(e, u)))
    .sort((a, b) => a.offset - b.offset);
}

const within = (inner: Entity, outer: Entity) =>
  inner.offset >= outer.offset && inner.offset < outer.offset + outer.length;

export interface Marked {
  text: string;
  entities: Entity[];
}

const TAGS: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  blockquote: 'blockquote',
  'tg-spoiler': 'spoiler',
};
const TOKEN = /<(\/?)([a-zA-Z][\w-]*)([^<>]*)>|[<]|&(lt|gt|amp|quot|#\d+|#x[\da-f]+);|[^<&]+|&/gi;
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/**
 * Reads the HTML style of core.telegram.org/bots/api#html-style.
 * @throws ApiError "can't parse entities", as an unescaped title would earn from Telegram
 */
export function parseHtml(html: string): Marked {
  const open: { tag: string; entity: Entity }[] = [];
  const entities: Entity[] = [];
  let text = '';
  for (const [token, slash, tag, attributes, reference] of html.matchAll(TOKEN)) {
    if (reference) text += character(reference);
    else if (tag === undefined && token !== '<') text += token;
    else if (tag === undefined) throw unparsable('Unexpected "<"');
    else if (!slash) open.push({ tag: tag.toLowerCase(), entity: entityOf(tag, attributes, text) });
    else entities.push(...close(open.pop(), tag, text.length));
  }
  if (open.length > 0)
    throw unparsable(`Can't find end tag corresponding to start tag "${open[0]?.tag}"`);
  return { text, entities: entities.sort((a, b) => a.offset - b.offset) };
}

const unparsable = (why: string) => bad(`can't parse entities: ${why}`);

function entityOf(tag: string, attributes: string | undefined, text: string): Entity {
  const type = TAGS[tag.toLowerCase()];
  if (!type)
    throw unparsable(`Unsupported start tag "${tag}" at byte offset ${Buffer.byteLength(text)}`);
  const url = /href\s*=\s*"([^"]*)"/i.exec(attributes ?? '')?.[1];
  return { type, offset: text.length, length: 0, ...(url && { url: decode(url) }) };
}

function close(
  opened: { tag: string; entity: Entity } | undefined,
  tag: string,
  end: number,
): Entity[] {
  if (opened?.tag !== tag.toLowerCase()) {
    throw unparsable(`Unmatched end tag, expected "</${opened?.tag ?? ''}>", found "</${tag}>"`);
  }
  const length = end - opened.entity.offset;
  return length > 0 ? [{ ...opened.entity, length }] : [];
}

const decode = (text: string) =>
  text.replace(/&(lt|gt|amp|quot|#\d+|#x[\da-f]+);/gi, (_, name: string) => character(name));

function character(name: string): string {
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return NAMED[name.toLowerCase()] ?? String.fromCodePoint(code);
}
