/**
 * A part of a stream in segments, fetched without the rest: the probe's JSON is written anew with
 * only those segments in it, and yt-dlp fetches them as it fetches any, through the egress proxy.
 * Where that cannot be told for certain the whole is fetched and cut, as exact and slower.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Section } from './argv.ts';
import { dashPart } from './dash-part.ts';
import { addressOf, readHls, type Segment } from './hls-list.ts';
import { hlsPart } from './hls-part.ts';
import { clockOf } from './ts-clock.ts';
import type { Stretch } from './within.ts';

/** Reads a text from the web under the egress rules; undefined when that fails. */
export type ReadText = (
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
) => Promise<{ text: string; url: string } | undefined>;

/** The first bytes of a file on the web, under the egress rules; undefined when that fails. */
export type ReadHead = (
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
) => Promise<Uint8Array | undefined>;

/** What the node itself reads of the web, so that less has to be fetched of it. */
export interface Reading {
  readText: ReadText;
  readHead: ReadHead;
}

export interface PartRequest extends Reading {
  infoFile: string;
  /** yt-dlp's format selector: the part is found for plain ids, `137+140`. */
  format: string;
  clip: Section;
  /** The job's folder. */
  dir: string;
  signal: AbortSignal;
}

export interface PartInfo {
  infoFile: string;
  /** Where the clip lies in what is fetched, in seconds. */
  clip: Section;
}

const Fragment = v.looseObject({
  duration: v.optional(v.nullable(v.number())),
  url: v.optional(v.string()),
  path: v.optional(v.string()),
});
const Format = v.looseObject({
  format_id: v.string(),
  protocol: v.string(),
  url: v.string(),
  http_headers: v.optional(v.record(v.string(), v.string())),
  /** Of a playlist that breaks off, the one stretch this format is. */
  format_index: v.optional(v.nullable(v.number())),
  fragments: v.optional(v.array(Fragment)),
  fragment_base_url: v.optional(v.string()),
});
const Info = v.looseObject({ formats: v.array(v.looseObject({ format_id: v.string() })) });

/** Undefined when the whole has to be fetched. */
export async function partInfo(request: PartRequest): Promise<PartInfo | undefined> {
  const info = v.safeParse(Info, JSON.parse(await readFile(request.infoFile, 'utf8')));
  if (!info.success) return undefined;
  const ids = request.format.split('+');
  const parts = new Map<string, Stretch<object>>();
  for (const id of ids) {
    const raw = info.output.formats.find(({ format_id }) => format_id === id);
    const format = v.safeParse(Format, raw);
    const part = format.success ? await formatPart(format.output, request) : undefined;
    if (!part) return undefined;
    parts.set(id, part);
  }
  const formats = info.output.formats.map((one) => parts.get(one.format_id)?.what ?? one);
  const infoFile = join(request.dir, 'part.info.json');
  await writeFile(infoFile, JSON.stringify({ ...info.output, formats }), { mode: 0o600 });
  const before = Math.min(...[...parts.values()].map((part) => part.before));
  const { start, end } = request.clip;
  const shifted = end === undefined ? {} : { end: end - before };
  return { infoFile, clip: { start: start - before, ...shifted } };
}

async function formatPart(
  format: v.InferOutput<typeof Format>,
  { clip, readText, readHead, signal }: PartRequest,
): Promise<Stretch<object> | undefined> {
  const headers = format.http_headers ?? {};
  if (format.protocol === 'http_dash_segments') {
    return dashPart(format, clip, (address) => readHead(address, headers, signal));
  }
  if (format.protocol !== 'm3u8_native' || typeof format.format_index === 'number')
    return undefined;
  const found = await readText(format.url, headers, signal);
  const list = found && readHls(found.text, found.url);
  const readClock = async (segment: Segment) => {
    const head = await readHead(addressOf(segment), headers, signal);
    return head && clockOf(head);
  };
  const part = list && (await hlsPart(list, clip, readClock));
  return part && { ...part, what: { ...format, hls_media_playlist_data: part.what } };
}
