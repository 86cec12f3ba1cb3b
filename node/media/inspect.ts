/** What a finished file really holds, whatever its name and its site said. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { JobError } from '../../shared/errors.ts';
import { mp4Layout } from './mp4-boxes.ts';
import { lastLine, type MediaTools, runTool, safeInput } from './process.ts';

export interface Inspection {
  /** ffprobe's names, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string;
  bytes: number;
  /** Seconds. */
  duration?: number | undefined;
  /** The picture as it is shown: rotated, with square pixels. */
  video?: { codec: string; pixels: string; width: number; height: number } | undefined;
  audio?: { codec: string } | undefined;
  /** An embedded cover picture. */
  cover: boolean;
  title?: string | undefined;
  artist?: string | undefined;
  /** MP4 and MOV only. */
  faststart?: boolean | undefined;
  /** A MOV file. */
  quicktime: boolean;
  truncated: boolean;
}

const seconds = v.optional(v.pipe(v.string(), v.transform(Number)));
const Tags = v.optional(v.record(v.string(), v.unknown()), {});

const Stream = v.object({
  codec_type: v.optional(v.string(), ''),
  codec_name: v.optional(v.string(), ''),
  pix_fmt: v.optional(v.string(), ''),
  width: v.optional(v.number(), 0),
  height: v.optional(v.number(), 0),
  sample_aspect_ratio: v.optional(v.string(), '1:1'),
  disposition: v.optional(v.object({ attached_pic: v.optional(v.number(), 0) })),
  side_data_list: v.optional(v.array(v.object({ rotation: v.optional(v.number()) })), []),
  tags: Tags,
});
type Stream = v.InferOutput<typeof Stream>;

const Probe = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    streams: v.optional(v.array(Stream), []),
    format: v.object({ format_name: v.string(), duration: seconds, tags: Tags }),
  }),
);

/** @throws JobError `incomplete` when the file cannot be read as media at all */
export async function inspect(
  tools: Pick<MediaTools, 'ffprobe'>,
  path: string,
  signal?: AbortSignal,
): Promise<Inspection> {
  const args = ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', ...safeInput(path)];
  const exit = await runTool(tools.ffprobe, args, { cwd: dirname(path), signal });
  const probe = v.safeParse(Probe, exit.stdout);
  if (exit.code !== 0 || !probe.success) throw new JobError('incomplete', lastLine(exit));
  const { streams, format } = probe.output;
  const isCover = (one: Stream) => one.disposition?.attached_pic === 1;
  const video = streams.find((one) => one.codec_type === 'video' && !isCover(one));
  const audio = streams.find((one) => one.codec_type === 'audio');
  return {
    container: format.format_name,
    duration: Number.isFinite(format.duration) ? format.duration : undefined,
    video: video && shown(video),
    audio: audio && { codec: audio.codec_name },
    cover: streams.some(isCover),
    // Ogg keeps its tags with the stream.
    title: tag('title', format.tags, audio?.tags),
    artist: tag('artist', format.tags, audio?.tags),
    ...(await onDisk(path)),
  };
}

/** Size and layout: what only the file itself tells. */
export async function onDisk(path: string) {
  const { faststart, quicktime = false, truncated = false } = (await mp4Layout(path)) ?? {};
  const { size } = await stat(path);
  return { bytes: size, faststart, quicktime, truncated };
}

function shown(stream: Stream) {
  const { codec_name: codec, pix_fmt: pixels, width: coded, height, sample_aspect_ratio } = stream;
  const [num = 1, den = 1] = sample_aspect_ratio.split(':').map(Number);
  const width = num > 0 && den > 0 ? Math.round((coded * num) / den) : coded;
  const rotation = stream.side_data_list.find((one) => one.rotation !== undefined)?.rotation ?? 0;
  const turned = Math.abs(rotation) % 180 === 90;
  return { codec, pixels, ...(turned ? { width: height, height: width } : { width, height }) };
}

function tag(name: string, ...places: (Record<string, unknown> | undefined)[]) {
  for (const tags of places)
    for (const [key, value] of Object.entries(tags ?? {}))
      if (key.toLowerCase() === name && typeof value === 'string' && value.trim())
        return value.trim();
  return undefined;
}
