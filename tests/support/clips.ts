/** Small real media, made once by ffmpeg and kept in `.cache/clips`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Changes with the recipes below, so that an older cache is not used. */
const VERSION = 2;
const ROOT = resolve(import.meta.dirname, '../../.cache/clips');

/** File names inside the clips' folder. */
export const CLIP = {
  /** H.264/AAC, 1280x720, 6 s. */
  mp4: 'clip.mp4',
  /** H.264/AAC, about 200 kB. */
  small: 'small.mp4',
  /** VP9/Opus, which an iPhone does not play inside a chat. */
  webm: 'clip.webm',
  /** No sound. */
  silent: 'silent.mp4',
  /** Title "آهنگ", artist "Postchi". */
  mp3: 'song.mp3',
  jpg: 'picture.jpg',
  /** Two rungs, 360 and 720 lines. */
  hls: 'hls/master.m3u8',
  /** Video and audio apart. */
  dash: 'dash/manifest.mpd',
} as const;

const SOURCE = (seconds: number, size: string) => [
  ...['-f', 'lavfi', '-i', `testsrc2=duration=${seconds}:size=${size}:rate=25`],
  ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`],
];
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25'];
const AAC = ['-c:a', 'aac', '-b:a', '96k'];

function recipes(dir: string): string[][] {
  const at = (name: string) => join(dir, name);
  return [
    [...SOURCE(6, '1280x720'), ...H264, ...AAC, '-movflags', '+faststart', at(CLIP.mp4)],
    [
      ...SOURCE(4, '640x360'),
      ...H264,
      '-b:v',
      '320k',
      ...AAC,
      '-movflags',
      '+faststart',
      at(CLIP.small),
    ],
    [
      ...SOURCE(2, '320x180'),
      '-c:v',
      'libvpx-vp9',
      '-deadline',
      'realtime',
      '-cpu-used',
      '8',
      '-c:a',
      'libopus',
      at(CLIP.webm),
    ],
    [...SOURCE(2, '320x180'), ...H264, '-an', at(CLIP.silent)],
    [
      ...SOURCE(3, '64x64'),
      '-vn',
      '-c:a',
      'libmp3lame',
      '-metadata',
      'title=آهنگ',
      '-metadata',
      'artist=Postchi',
      at(CLIP.mp3),
    ],
    [...SOURCE(1, '640x360'), '-frames:v', '1', at(CLIP.jpg)],
    [
      ...['-i', at(CLIP.mp4), '-filter_complex', '[0:v]split[a][b];[a]scale=-2:360[low]'],
      ...['-map', '[low]', '-map', '0:a', '-map', '[b]', '-map', '0:a', ...H264, ...AAC],
      ...['-b:v:0', '300k', '-b:v:1', '900k', '-var_stream_map', 'v:0,a:0 v:1,a:1'],
      ...[
        '-f',
        'hls',
        '-hls_time',
        '2',
        '-hls_playlist_type',
        'vod',
        '-master_pl_name',
        'master.m3u8',
      ],
      ...['-hls_segment_filename', at('hls/%v_%03d.ts'), at('hls/%v.m3u8')],
    ],
    ['-i', at(CLIP.mp4), '-c', 'copy', '-f', 'dash', '-seg_duration', '2', at(CLIP.dash)],
  ];
}

async function make(target: string): Promise<void> {
  await mkdir(ROOT, { recursive: true });
  const work = await mkdtemp(join(ROOT, '.making-'));
  try {
    await Promise.all(['hls', 'dash'].map((name) => mkdir(join(work, name))));
    for (const args of recipes(work)) {
      await run(process.env.FFMPEG_PATH || 'ffmpeg', ['-v', 'error', '-y', ...args]);
    }
    // Another test run may have been faster: its clips are as good.
    await rename(work, target).catch((cause) => {
      if (!existsSync(target)) throw cause;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

let made: Promise<string> | undefined;

/** The folder of the clips, made when it is not there. */
export function clips(): Promise<string> {
  const target = join(ROOT, `v${VERSION}`);
  made ??= existsSync(target) ? Promise.resolve(target) : make(target).then(() => target);
  return made;
}
