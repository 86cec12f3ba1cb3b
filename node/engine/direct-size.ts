/** A plain file on the web has one format without a size: the server is asked for it. */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { MediaInfo } from './media-info.ts';

const Source = v.looseObject({
  url: v.optional(v.string()),
  formats: v.optional(v.array(v.looseObject({ url: v.optional(v.string()) }))),
});

/** Asks for the size of a file by its address, bytes. */
export type AskSize = (url: string, signal: AbortSignal) => Promise<number | undefined>;

/** The same info, with the size of its only format where that can be learned. */
export async function withDirectSize(
  info: MediaInfo,
  askSize: AskSize,
  signal: AbortSignal,
): Promise<MediaInfo> {
  const [format, ...more] = info.formats;
  if (!format || more.length > 0 || format.size || !/^https?$/.test(format.protocol)) return info;
  const parsed = v.safeParse(Source, JSON.parse(await readFile(info.infoFile, 'utf8')));
  if (!parsed.success) return info;
  const url = parsed.output.formats?.[0]?.url ?? parsed.output.url;
  const bytes = url === undefined ? undefined : await askSize(url, signal);
  if (bytes === undefined) return info;
  return { ...info, formats: [{ ...format, size: { bytes, exact: true } }] };
}
