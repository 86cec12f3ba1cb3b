/** What a probe tells about a link, reduced to what choosing and sending need. */

export interface Format {
  id: string;
  ext: string;
  protocol: string;
  /** `none` when the format lacks that stream, undefined when unknown. */
  vcodec?: string | undefined;
  acodec?: string | undefined;
  width?: number | undefined;
  height?: number | undefined;
  fps?: number | undefined;
  /** kbit/s */
  bitrate?: number | undefined;
  /** Bytes; `exact` false when estimated from bitrate and duration. */
  size?: { bytes: number; exact: boolean } | undefined;
  language?: string | undefined;
  /** What yt-dlp prefers: later in its list is better. */
  rank: number;
}

/** One medium of a post that holds several. */
export interface MediaItem {
  title?: string | undefined;
  /** Seconds. */
  duration?: number | undefined;
  formats: Format[];
}

export interface MediaInfo {
  id: string;
  title: string;
  /** yt-dlp's extractor key, e.g. `Youtube`, `Generic`. */
  extractor: string;
  webpageUrl: string;
  /** Seconds. */
  duration?: number | undefined;
  uploader?: string | undefined;
  artist?: string | undefined;
  track?: string | undefined;
  album?: string | undefined;
  thumbnail?: string | undefined;
  live: 'no' | 'live' | 'upcoming';
  /** When an upcoming premiere starts, ms since the epoch. */
  startsAt?: number | undefined;
  formats: Format[];
  subtitles: { language: string; auto: boolean }[];
  /** Entries when the link is a playlist or a carousel; then `formats` is empty. */
  entries?:
    | { url: string; title?: string | undefined; duration?: number | undefined }[]
    | undefined;
  /** How many entries the playlist has in all; `entries` may hold only the first ones. */
  entryCount?: number | undefined;
  /**
   * Several media of one post (a carousel): one download fetches them all, in this order. Then
   * `formats` and `entries` are empty.
   */
  items?: MediaItem[] | undefined;
  /** yt-dlp's own JSON, on disk, for `--load-info-json`: it holds headers and cookies. */
  infoFile: string;
}
