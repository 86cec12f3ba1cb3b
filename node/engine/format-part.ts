/** The segments of one format that hold a stretch of its time, as yt-dlp's JSON tells formats. */
import * as v from 'valibot';
import { dashPart } from './dash-part.ts';
import { readHls } from './hls-list.ts';
import { hlsLook } from './hls-look.ts';
import { allOf, hlsParts } from './hls-part.ts';
import { isPacked } from './packed-clock.ts';
import type { PartRequest } from './part-request.ts';
import type { Stretch } from './within.ts';

const Fragment = v.looseObject({
  duration: v.optional(v.nullable(v.number())),
  url: v.optional(v.string()),
  path: v.optional(v.string()),
});

/** A format of yt-dlp's JSON that comes in segments. */
export const StreamFormat = v.looseObject({
  format_id: v.string(),
  protocol: v.string(),
  url: v.string(),
  vcodec: v.optional(v.nullable(v.string())),
  http_headers: v.optional(v.record(v.string(), v.string())),
  /** Of a playlist that breaks off, the one stretch this format is. */
  format_index: v.optional(v.nullable(v.number())),
  /** Keys of the site's own, which the playlist does not tell. */
  hls_aes: v.optional(v.unknown()),
  fragments: v.optional(v.array(Fragment)),
  fragment_base_url: v.optional(v.string()),
});
type StreamFormat = v.InferOutput<typeof StreamFormat>;

export interface FormatPart {
  /** As formats: one for each stretch between breaks, in the order shown. */
  parts: Stretch<object>[];
  /** Sound without a container. */
  packed: boolean;
}

/** Undefined when the whole has to be fetched. */
export async function partOfFormat(
  format: StreamFormat,
  request: PartRequest,
): Promise<FormatPart | undefined> {
  const headers = format.http_headers ?? {};
  const read = (address: string, from?: number) =>
    request.readHead(address, headers, request.signal, from);
  if (format.protocol === 'http_dash_segments') {
    const part = await dashPart(format, request.clip, read);
    return part && { parts: [part], packed: false };
  }
  if (format.protocol !== 'm3u8_native' || typeof format.format_index === 'number')
    return undefined;
  return hlsFormat(format, request, read);
}

async function hlsFormat(
  format: StreamFormat,
  request: PartRequest,
  read: (address: string, from?: number) => Promise<Uint8Array | undefined>,
): Promise<FormatPart | undefined> {
  const { clip, readText, signal } = request;
  const found = await readText(format.url, format.http_headers ?? {}, signal);
  const list = found && readHls(found.text, found.url);
  const [first] = list?.segments ?? [];
  if (!list || !first) return undefined;
  const look = hlsLook(list, read);
  const isBeside = request.format.includes('+') && format.vcodec === 'none';
  const packed = isBeside && isPacked((await look.bytes(first)) ?? new Uint8Array());
  const readClock = format.hls_aes ? async () => undefined : look.clock;
  const parts = (await hlsParts(list, clip, readClock)) ?? (packed ? allOf(list) : undefined);
  if (!parts || parts.length === 0) return undefined;
  const as = (what: string) => ({ ...format, format_index: null, hls_media_playlist_data: what });
  return { parts: parts.map(({ what, before }) => ({ what: as(what), before })), packed };
}
