/** What a delivered file is, as ffprobe and its own boxes tell. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Probed {
  /** Codecs by kind of stream, e.g. `{ video: 'h264', audio: 'aac' }`. */
  codecs: Record<string, string>;
  /** Seconds. */
  duration: number;
  tags: Record<string, string>;
}

export async function probe(ffprobe: string, path: string): Promise<Probed> {
  const args = ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', path];
  const { stdout } = await run(ffprobe, args);
  const { streams, format } = JSON.parse(stdout) as {
    streams: { codec_type: string; codec_name: string }[];
    format: { duration?: string; tags?: Record<string, string> };
  };
  return {
    codecs: Object.fromEntries(streams.map((s) => [s.codec_type, s.codec_name])),
    duration: Number(format.duration),
    tags: format.tags ?? {},
  };
}

/** True when the index stands before the media, so that a player can start at once. */
export async function isFaststart(path: string): Promise<boolean> {
  const bytes = await readFile(path);
  const [index, media] = [bytes.indexOf('moov'), bytes.indexOf('mdat')];
  return index > 0 && index < media;
}
