/** yt-dlp and ffmpeg as the bot finds them, in the cache of the checkout. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ensureFfmpeg } from '../../node/tools/ffmpeg.ts';
import { ensureYtdlp } from '../../node/tools/ytdlp.ts';

const CACHE = resolve(import.meta.dirname, '../../.cache');

export async function findTools() {
  const log = { info: () => {}, warn: (line: unknown) => console.warn(line) };
  await mkdir(CACHE, { recursive: true });
  const path = (name: string) => process.env[name] || undefined;
  const ytdlp = await ensureYtdlp({ path: path('YTDLP_PATH'), dir: join(CACHE, 'yt-dlp'), log });
  const ffmpeg = await ensureFfmpeg({ path: path('FFMPEG_PATH'), dir: join(CACHE, 'ffmpeg'), log });
  return { ytdlp, ffmpeg };
}
