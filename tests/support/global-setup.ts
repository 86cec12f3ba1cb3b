/** Before the first test: a real yt-dlp and a real ffmpeg, found or installed into `.cache`. */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { YtdlpInstall } from '../../node/engine/engine.ts';
import { ensureFfmpeg, type FfmpegInstall } from '../../node/tools/ffmpeg.ts';
import { ensureYtdlp } from '../../node/tools/ytdlp.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    ytdlp: YtdlpInstall;
    ffmpeg: FfmpegInstall;
  }
}

const CACHE = resolve(import.meta.dirname, '../../.cache');

export default async function setup(project: TestProject): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const log = { info: () => {}, warn: (line: unknown) => console.warn(line) };
  const ytdlp = await ensureYtdlp({
    path: process.env.YTDLP_PATH || undefined,
    dir: resolve(CACHE, 'yt-dlp'),
    log,
  });
  const ffmpeg = await ensureFfmpeg({
    path: process.env.FFMPEG_PATH || undefined,
    dir: resolve(CACHE, 'ffmpeg'),
    log,
  });
  // For parts that read the environment as an operator's machine would have it.
  process.env.YTDLP_PATH = ytdlp.bin;
  process.env.FFMPEG_PATH = ffmpeg.ffmpeg;
  project.provide('ytdlp', ytdlp);
  project.provide('ffmpeg', ffmpeg);
}
