import { execFile } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspect } from '../../../node/media/inspect.ts';
import { splitVideo } from '../../../node/media/split.ts';
import { clip, ffmpeg, makeDir, tools } from './clips.ts';

let root: string;
const at = (name: string) => join(root, name);

async function frames(path: string): Promise<number> {
  const args = ['-v', 'error', '-select_streams', 'v', '-count_packets'];
  const show = ['-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', path];
  const { stdout } = await promisify(execFile)(tools.ffprobe, [...args, ...show]);
  return Number.parseInt(stdout, 10);
}

beforeAll(async () => {
  root = await makeDir();
  await clip(at('long.mp4'), 20, '-g', '25', '-movflags', '+faststart');
});
afterAll(() => rm(root, { recursive: true }));

it('cuts into parts below the limit that play and together hold every frame', async () => {
  const { size } = await stat(at('long.mp4'));
  const limitBytes = Math.ceil(size / 4);
  const dir = at('parts');
  await mkdir(dir);
  const parts = await splitVideo(tools, { path: at('long.mp4'), dir, limitBytes });
  expect(parts.length).toBeGreaterThanOrEqual(4);
  let count = 0;
  for (const part of parts) {
    const found = await inspect(tools, part);
    expect(found).toMatchObject({
      video: { codec: 'h264' },
      audio: { codec: 'aac' },
      faststart: true,
    });
    expect(found.bytes).toBeLessThanOrEqual(limitBytes);
    count += await frames(part);
    await ffmpeg('-xerror', '-i', part, '-f', 'null', '-');
  }
  expect(count).toBe(await frames(at('long.mp4')));
});

it('tries smaller parts when the first ones come out too large', async () => {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-f', 'lavfi', '-i'];
  const noise = ['-vf', "noise=alls=60:allf=t:enable='gt(t,8)'", '-c:v', 'libx264', '-g', '12'];
  await ffmpeg(
    ...[...source, 'sine', '-t', '12', ...noise, '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
    at('uneven.mp4'),
  );
  const limitBytes = Math.ceil((await stat(at('uneven.mp4'))).size / 3);
  const dir = at('uneven');
  await mkdir(dir);
  const parts = await splitVideo(tools, { path: at('uneven.mp4'), dir, limitBytes });
  for (const part of parts) expect((await stat(part)).size).toBeLessThanOrEqual(limitBytes);
});

it('gives back a file that fits', async () => {
  const job = { path: at('long.mp4'), dir: root, limitBytes: 1e9 };
  expect(await splitVideo(tools, job)).toEqual([at('long.mp4')]);
});

it('says so when not even one stretch between keyframes fits', async () => {
  const dir = at('tiny');
  await mkdir(dir);
  const job = { path: at('long.mp4'), dir, limitBytes: 20_000 };
  await expect(splitVideo(tools, job)).rejects.toMatchObject({ code: 'too_large' });
});
