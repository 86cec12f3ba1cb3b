/** yt-dlp's machine-readable lines, as events. */
import * as v from 'valibot';
import { MARK } from './argv.ts';

export type OutputEvent =
  | { kind: 'progress'; progress: RawProgress }
  | { kind: 'post'; status: 'started' | 'processing' | 'finished'; name: string }
  | { kind: 'media'; bytes?: number | undefined; duration?: number | undefined }
  | { kind: 'file'; path: string };

/** One file's progress. */
export interface RawProgress {
  status: 'downloading' | 'finished' | 'error';
  file: string;
  /** Bytes. */
  downloaded: number;
  /** Bytes; from the server, or estimated from the fragments so far. */
  total?: { bytes: number; exact: boolean } | undefined;
  /** Bytes per second. */
  speed?: number | undefined;
  /** Seconds. */
  eta?: number | undefined;
}

const amount = v.optional(v.nullable(v.number()));

const Progress = v.object({
  status: v.picklist(['downloading', 'finished', 'error']),
  filename: v.optional(v.string(), ''),
  downloaded_bytes: amount,
  total_bytes: amount,
  total_bytes_estimate: amount,
  speed: amount,
  eta: amount,
});

const Post = v.object({
  status: v.picklist(['started', 'processing', 'finished']),
  postprocessor: v.optional(v.string(), ''),
});

const Media = v.object({ duration: amount, filesize: amount, filesize_approx: amount });

const positive = (value: number | null | undefined) =>
  value !== null && value !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;

function toProgress(raw: v.InferOutput<typeof Progress>): RawProgress {
  const exact = positive(raw.total_bytes);
  const estimate = positive(raw.total_bytes_estimate);
  const bytes = exact ?? estimate;
  return {
    status: raw.status,
    file: raw.filename,
    downloaded: positive(raw.downloaded_bytes) ?? 0,
    total: bytes === undefined ? undefined : { bytes, exact: exact !== undefined },
    speed: positive(raw.speed),
    eta: positive(raw.eta),
  };
}

function toMedia(raw: v.InferOutput<typeof Media>): OutputEvent {
  const bytes = positive(raw.filesize) ?? positive(raw.filesize_approx);
  return { kind: 'media', bytes, duration: positive(raw.duration) };
}

/** The parsers by mark; each gets the JSON after it. */
const PARSERS: readonly (readonly [string, (json: unknown) => OutputEvent])[] = [
  [MARK.progress, (json) => ({ kind: 'progress', progress: toProgress(v.parse(Progress, json)) })],
  [
    MARK.post,
    (json) => {
      const { status, postprocessor } = v.parse(Post, json);
      return { kind: 'post', status, name: postprocessor };
    },
  ],
  [MARK.media, (json) => toMedia(v.parse(Media, json))],
  [MARK.file, (json) => ({ kind: 'file', path: v.parse(v.string(), json) })],
];

/**
 * The event of a line, or undefined for any other line. A marked line that does not parse is
 * undefined too: progress is a courtesy, and the file's presence is checked on disk anyway.
 */
export function parseOutput(line: string): OutputEvent | undefined {
  for (const [mark, parse] of PARSERS) {
    const at = line.indexOf(mark);
    // yt-dlp may print `[download] ` or a carriage return before its template.
    if (at < 0 || at > 40) continue;
    try {
      return parse(JSON.parse(line.slice(at + mark.length)));
    } catch {
      return undefined;
    }
  }
  return undefined;
}
