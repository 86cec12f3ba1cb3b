/** The files of the bench, made once by ffmpeg and kept in `.cache/bench-media`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Changes with the recipes. */
const VERSION = 3;
const ROOT = resolve(import.meta.dirname, '../../.cache/bench-media');

/** Bits per second that make 10 s of picture and sound 2.7 MB. */
const BITRATE = '2050k';

const source = (seconds: number, size: string) => [
  ...['-f', 'lavfi', '-i', `mandelbrot=size=${size}:rate=25`],
  ...['-f', 'lavfi', '-i', 'sine=frequency=440', '-t', String(seconds)],
];
const H264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '50'];
const AAC = ['-c:a', 'aac', '-b:a', '96k'];
const rate = (bits: string) => ['-b:v', bits, '-minrate', bits, '-maxrate', bits, '-bufsize', '1M'];

function recipes(dir: string): string[][] {
  const at = (name: string) => join(dir, name);
  const fast = ['-movflags', '+faststart'];
  const hls = ['-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod'];
  return [
    [...source(10, '1280x720'), ...H264, ...rate(BITRATE), ...AAC, ...fast, at('clip.mp4')],
    [...source(4, '640x360'), ...H264, ...rate('245k'), ...AAC, ...fast, at('small.mp4')],
    ['-i', at('clip.mp4'), '-c', 'copy', ...hls, at('video.m3u8')],
    ['-i', at('clip.mp4'), '-c', 'copy', '-f', 'dash', '-seg_duration', '2', at('video.mpd')],
  ];
}

/** The folder with `clip.mp4` (2.7 MB, 720p), `small.mp4` (200 kB), `video.m3u8`, `video.mpd`. */
export async function benchMedia(ffmpeg: string): Promise<string> {
  const target = join(ROOT, `v${VERSION}`);
  if (existsSync(target)) return target;
  const work = join(ROOT, `.making-${process.pid}`);
  await mkdir(work, { recursive: true });
  try {
    for (const args of recipes(work)) await run(ffmpeg, ['-v', 'error', '-y', ...args]);
    await rename(work, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}
