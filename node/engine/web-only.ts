/**
 * A page can name media at `ftp:` and `rtmp:` addresses, and ffmpeg, which fetches clips, opens
 * those by itself instead of through the egress proxy. What is not http or https is therefore
 * taken out of what was extracted, before anything is chosen from it.
 */

type Info = Record<string, unknown>;

const isObject = (value: unknown): value is Info => typeof value === 'object' && value !== null;

/** Relative addresses are the manifest's, which is an http one. */
const isWeb = (url: unknown): boolean =>
  typeof url !== 'string' || !/^[a-z][a-z0-9+.-]*:/i.test(url) || /^(https?|data):/i.test(url);

const ADDRESSES = ['url', 'manifest_url', 'fragment_base_url'];

function fromWeb(source: unknown): boolean {
  if (!isObject(source)) return false;
  if (!ADDRESSES.every((name) => isWeb(source[name]))) return false;
  return !Array.isArray(source.fragments) || source.fragments.every(fromWeb);
}

const listed = (value: unknown) => (Array.isArray(value) ? value.filter(fromWeb) : value);

const byLanguage = (value: unknown) =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, list]) => [name, listed(list)]))
    : value;

/** The `--dump-single-json` of a video or a list of videos, without what http cannot fetch. */
export function webOnly(json: unknown): unknown {
  if (!isObject(json)) return json;
  const change: Info = {};
  if ('formats' in json) change.formats = listed(json.formats);
  if ('thumbnails' in json) change.thumbnails = listed(json.thumbnails);
  if ('subtitles' in json) change.subtitles = byLanguage(json.subtitles);
  if ('automatic_captions' in json) change.automatic_captions = byLanguage(json.automatic_captions);
  if (Array.isArray(json.entries)) change.entries = json.entries.map(webOnly);
  // What yt-dlp chose itself: it chooses again from the formats when the file is loaded.
  const { requested_formats: _f, requested_downloads: _d, requested_subtitles: _s, ...rest } = json;
  const kept: Info = isWeb(rest.url) ? rest : { ...rest, url: undefined };
  return { ...kept, ...(isWeb(rest.thumbnail) ? {} : { thumbnail: undefined }), ...change };
}
