/** yt-dlp's info JSON, reduced to `MediaInfo`. Sites fill it as they like: every field may lack. */
import * as v from 'valibot';
import type { Format, MediaInfo, MediaItem } from './media-info.ts';

const text = v.optional(v.nullable(v.string()));
/** Some extractors put a number where a text belongs, and the other way round. */
const loose = v.optional(v.nullable(v.union([v.string(), v.number(), v.boolean()])));
const list = <T extends v.GenericSchema>(item: T) =>
  v.fallback(v.nullish(v.array(item)), undefined);
const record = v.fallback(v.nullish(v.record(v.string(), v.unknown())), undefined);

const RawFormat = v.looseObject({
  format_id: loose,
  ext: text,
  protocol: text,
  vcodec: text,
  acodec: text,
  width: loose,
  height: loose,
  fps: loose,
  tbr: loose,
  filesize: loose,
  filesize_approx: loose,
  language: text,
  has_drm: loose,
});

const fields = {
  ...RawFormat.entries,
  id: loose,
  title: loose,
  url: text,
  webpage_url: text,
  extractor_key: text,
  duration: loose,
  uploader: loose,
  channel: loose,
  artist: loose,
  creator: loose,
  track: loose,
  album: loose,
  thumbnail: text,
  thumbnails: list(v.looseObject({ url: text })),
  is_live: loose,
  live_status: text,
  release_timestamp: loose,
  formats: list(RawFormat),
  subtitles: record,
  automatic_captions: record,
  playlist_count: loose,
};

const RawEntry = v.looseObject({ ...fields, _type: text });
const RawInfo = v.looseObject({ ...RawEntry.entries, entries: list(v.nullable(RawEntry)) });
type RawEntry = v.InferOutput<typeof RawEntry>;
type RawInfo = v.InferOutput<typeof RawInfo>;

const num = (value: unknown): number | undefined => {
  const parsed = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) && parsed > 0 ? parsed : undefined;
};
const str = (value: unknown): string | undefined =>
  value === null || value === undefined || value === '' ? undefined : String(value);
const httpUrl = (value: unknown) => {
  const url = str(value);
  return url && /^https?:\/\//i.test(url) ? url : undefined;
};

const IMAGES = new Set(['jpg', 'jpeg', 'png', 'webp', 'gif', 'avif', 'heic', 'bmp', 'tiff']);
const AUDIO = new Set(['mp3', 'm4a', 'aac', 'ogg', 'opus', 'flac', 'wav', 'wma', 'aiff', 'mka']);

/** A picture or a song linked directly has no codecs, but its extension says what it is not. */
function codecs(raw: v.InferOutput<typeof RawFormat>): Pick<Format, 'vcodec' | 'acodec'> {
  const ext = raw.ext?.toLowerCase() ?? '';
  const vcodec = raw.vcodec ?? (AUDIO.has(ext) ? 'none' : undefined);
  const acodec = raw.acodec ?? (IMAGES.has(ext) ? 'none' : undefined);
  return { vcodec, acodec };
}

function sizeOf(
  raw: v.InferOutput<typeof RawFormat>,
  duration: number | undefined,
): Format['size'] {
  const exact = num(raw.filesize);
  if (exact) return { bytes: exact, exact: true };
  const bitrate = num(raw.tbr);
  // tbr is in kbit/s: 1000 bits, 8 to the byte.
  const estimate = num(raw.filesize_approx) ?? (bitrate && duration ? bitrate * duration * 125 : 0);
  return estimate ? { bytes: Math.round(estimate), exact: false } : undefined;
}

function toFormat(
  raw: v.InferOutput<typeof RawFormat>,
  rank: number,
  duration: number | undefined,
): Format {
  return {
    id: str(raw.format_id) ?? String(rank),
    ext: raw.ext ?? 'unknown_video',
    protocol: raw.protocol ?? 'https',
    ...codecs(raw),
    width: num(raw.width),
    height: num(raw.height),
    fps: num(raw.fps),
    bitrate: num(raw.tbr),
    size: sizeOf(raw, duration),
    language: str(raw.language),
    rank,
  };
}

/** Where there is one address only, yt-dlp lists no formats: the entry is the format. */
function rawFormats(raw: RawEntry): v.InferOutput<typeof RawFormat>[] {
  if (raw.formats) return raw.formats;
  const listed = raw._type !== undefined && raw._type !== null && raw._type !== 'video';
  return raw.format_id !== undefined && raw.url && !listed ? [raw] : [];
}

function formatsOf(raw: RawEntry): Format[] {
  const duration = num(raw.duration);
  return rawFormats(raw)
    .map((format, rank) => ({ format, rank }))
    .filter(({ format }) => format.ext !== 'mhtml' && format.has_drm !== true)
    .map(({ format, rank }) => toFormat(format, rank, duration));
}

function liveOf(raw: RawEntry): MediaInfo['live'] {
  if (raw.live_status === 'is_upcoming') return 'upcoming';
  return raw.live_status === 'is_live' || raw.is_live === true ? 'live' : 'no';
}

function subtitlesOf(raw: RawEntry): MediaInfo['subtitles'] {
  const written = Object.keys(raw.subtitles ?? {}).filter((language) => language !== 'live_chat');
  const automatic = Object.keys(raw.automatic_captions ?? {});
  return [
    ...written.map((language) => ({ language, auto: false })),
    ...automatic.map((language) => ({ language, auto: true })),
  ];
}

/**
 * For a video tag yt-dlp numbers the page's title, also when there is only one. For a plain file
 * it takes the end of the link, whose query may hold somebody's key.
 */
function titleOf(raw: RawEntry): string | undefined {
  const title = str(raw.title);
  if (raw.extractor_key === 'HTML5MediaEmbed') return title?.replace(/ \(\d+\)$/, '');
  return raw.extractor_key === 'Generic' ? title?.replace(/\?\S*=\S*$/, '') : title;
}

const toItem = (raw: RawEntry): MediaItem => ({
  title: titleOf(raw),
  duration: num(raw.duration),
  formats: formatsOf(raw),
});

function toEntry(raw: RawEntry): NonNullable<MediaInfo['entries']> {
  const url = httpUrl(raw.url) ?? httpUrl(raw.webpage_url);
  return url ? [{ url, title: str(raw.title), duration: num(raw.duration) }] : [];
}

const present = (raw: RawInfo): RawEntry[] => (raw.entries ?? []).filter((entry) => entry !== null);

/** A flat entry is only a link; one with formats was extracted together with its post. */
const isExtracted = (entry: RawEntry) => rawFormats(entry).length > 0;

function listing(raw: RawInfo): Pick<MediaInfo, 'entries' | 'entryCount' | 'items'> {
  if (raw._type !== 'playlist' && raw._type !== 'multi_video') return {};
  const entries = present(raw);
  if (entries.length > 0 && entries.every(isExtracted)) return { items: entries.map(toItem) };
  const links = entries.flatMap(toEntry);
  return { entries: links, entryCount: num(raw.playlist_count) ?? links.length };
}

const startsAt = (raw: RawEntry) => {
  const seconds = num(raw.release_timestamp);
  return seconds === undefined ? undefined : seconds * 1000;
};

/**
 * Parses what `--dump-single-json` printed.
 * @throws v.ValiError when it is not an info JSON at all (yt-dlp prints `null` after a failure)
 */
export function parseInfo(json: unknown, infoFile: string): MediaInfo {
  const raw = v.parse(RawInfo, json);
  const listed = listing(raw);
  const single = listed.items?.length === 1 ? present(raw)[0] : undefined;
  const main: RawEntry = single ?? raw;
  return {
    id: str(main.id) ?? '',
    title: titleOf(main) ?? titleOf(raw) ?? '',
    extractor: main.extractor_key ?? 'Generic',
    webpageUrl: httpUrl(main.webpage_url) ?? httpUrl(raw.webpage_url) ?? '',
    duration: num(main.duration),
    uploader: str(main.uploader) ?? str(main.channel),
    artist: str(main.artist) ?? str(main.creator),
    track: str(main.track),
    album: str(main.album),
    thumbnail: httpUrl(main.thumbnail) ?? httpUrl(main.thumbnails?.at(-1)?.url),
    live: liveOf(main),
    startsAt: startsAt(main),
    formats: formatsOf(main),
    subtitles: subtitlesOf(main),
    ...(single ? {} : listed),
    infoFile,
  };
}
