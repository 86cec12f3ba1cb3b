/** Before the first test: a real yt-dlp and a real ffmpeg, found or installed into `.cache`. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import type { YtdlpInstall } from '../../node/engine/engine.ts';
import { ensureFfmpeg, type FfmpegInstall } from '../../node/tools/ffmpeg.ts';
import { ensureYtdlp } from '../../node/tools/ytdlp.ts';
import type { LeftServer } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    ytdlp: YtdlpInstall;
    ffmpeg: FfmpegInstall;
    /** Where the files that want a PostgreSQL find the one of this run. */
    postgresFolder: string;
  }
}

const CACHE = resolve(import.meta.dirname, '../../.cache');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
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
  const postgresFolder = mkdtempSync(join(tmpdir(), 'postchi-shared-'));
  project.provide('postgresFolder', postgresFolder);
  return async () => {
    await endServer(join(postgresFolder, 'server.json'));
    rmSync(postgresFolder, { recursive: true, force: true });
  };
}

/** A test file started it and is gone, see `shared-postgres.ts`. */
async function endServer(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const { pid, dir }: LeftServer = JSON.parse(readFileSync(file, 'utf8'));
  const signal = (name: NodeJS.Signals | 0) => {
    try {
      return process.kill(pid, name);
    } catch {
      // It has ended.
      return false;
    }
  };
  // It is nobody's child any more, so that its end cannot be awaited.
  signal('SIGINT');
  for (const end = Date.now() + 10_000; signal(0) && Date.now() < end; ) await delay(20);
  rmSync(dir, { recursive: true, force: true });
}
