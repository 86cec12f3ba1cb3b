/** All 300 hostile links through both engines: `npx tsx scripts/reliability/hostile-links.ts`. */
import { resolve } from 'node:path';
import { ensureFfmpeg } from '../../node/tools/ffmpeg.ts';
import { ensureYtdlp } from '../../node/tools/ytdlp.ts';
import { runHostile } from '../../tests/support/hostile/run.ts';

const CACHE = resolve(import.meta.dirname, '../../.cache');

async function main(): Promise<void> {
  const log = { info: () => {}, warn: (line: unknown) => console.warn(line) };
  const given = (name: string) => process.env[name] || undefined;
  const ytdlp = { path: given('YTDLP_PATH'), dir: resolve(CACHE, 'yt-dlp'), log };
  const install = await ensureYtdlp(ytdlp);
  const { ffmpeg } = await ensureFfmpeg({
    path: given('FFMPEG_PATH'),
    dir: resolve(CACHE, 'ffmpeg'),
    log,
  });
  for (const kind of ['warm', 'spawn'] as const) {
    const { links, hits, by, dialled, ended, proxy } = await runHostile({ kind, install, ffmpeg });
    console.log(`${kind}: ${links} hostile links, ${hits} connections to the canary`);
    console.log({ by, dialled: [...dialled], ended, proxy });
    if (hits > 0) process.exitCode = 1;
  }
}

await main();
