/** Makes a file a phone can play: by copying its streams where they are fit, else by re-encoding. */
import { join } from 'node:path';
import type { Inspection } from './inspect.ts';
import { conversionFault, type MediaTools, runTool, safeInput } from './process.ts';

type Streams = Pick<Inspection, 'container' | 'video' | 'audio' | 'faststart' | 'quicktime'>;

/** What every phone decodes in hardware. */
export const playableVideo = ({ video }: Streams): boolean =>
  video?.codec === 'h264' && /^yuvj?420p$/.test(video.pixels);

const playableAudio = ({ audio }: Streams): boolean =>
  !audio || audio.codec === 'aac' || audio.codec === 'mp3';

/** Its streams may be copied into an MP4 as they are. */
export const playableStreams = (file: Streams): boolean =>
  playableVideo(file) && playableAudio(file);

/** Ready as it is: nothing to copy, nothing to convert. */
export const isReadyMp4 = (file: Streams): boolean =>
  file.container.startsWith('mov,mp4') &&
  file.faststart === true &&
  !file.quicktime &&
  playableStreams(file);

export interface ToMp4 {
  path: string;
  dir: string;
  streams: Streams & { duration?: number | undefined };
  signal?: AbortSignal | undefined;
  /** Share done, 0–1; re-encoding only. */
  onProgress?: ((share: number) => void) | undefined;
}

/**
 * Writes `playable.mp4` with its index in front and returns its path.
 * @throws JobError `convert_failed`
 */
export async function toMp4(tools: Pick<MediaTools, 'ffmpeg'>, job: ToMp4): Promise<string> {
  const to = join(job.dir, 'playable.mp4');
  const { duration } = job.streams;
  const args = ['-nostdin', '-hide_banner', '-v', 'error', '-y', '-nostats', '-progress', 'pipe:1'];
  args.push(...safeInput(job.path), '-map', '0:V:0', '-map', '0:a:0?', '-map_metadata', '0');
  args.push(...videoArgs(job.streams), ...audioArgs(job.streams), '-movflags', '+faststart', to);
  const exit = await runTool(tools.ffmpeg, args, {
    cwd: job.dir,
    signal: job.signal,
    nice: !playableVideo(job.streams),
    onStdout: (text) => {
      const done = /out_time_us=(\d+)/.exec(text)?.[1];
      if (done && duration) job.onProgress?.(Math.min(1, Number(done) / 1e6 / duration));
    },
  });
  if (exit.code !== 0) throw conversionFault(exit);
  return to;
}

/** One thread: a conversion may take its time, downloads beside it must not notice. */
function videoArgs(streams: Streams): string[] {
  if (playableVideo(streams)) return ['-c:v', 'copy'];
  const encoder = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-threads', '1'];
  // 4:2:0 needs even sides.
  const even = ['-vf', 'scale=trunc(iw*sar/2)*2:trunc(ih/2)*2,setsar=1'];
  return [...encoder, '-pix_fmt', 'yuv420p', ...even];
}

function audioArgs(streams: Streams): string[] {
  if (!streams.audio) return [];
  return playableAudio(streams) ? ['-c:a', 'copy'] : ['-c:a', 'aac', '-b:a', '128k'];
}
