import { mkdir, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../node/log.ts';
import { mp4Layout } from '../../../node/media/mp4-boxes.ts';
import { prepareMedia } from '../../../node/media/prepare.ts';
import { openQuickLook, type QuickLook } from '../../../node/media/quick-look.ts';
import { thumbnailOf } from '../../../node/media/thumbnail.ts';
import { findPyav } from '../../../node/tools/pyav.ts';
import { clip, ffmpeg, makeDir, TEST_PICTURE, tools } from './clips.ts';

const log = createLog({ level: 'silent', format: 'json' });
const pyav = await findPyav();
let root: string;
let dir: string;
let count = 0;
const at = (name: string) => join(root, name);

beforeAll(async () => {
  root = await makeDir();
  await clip(at('plain.mp4'), 3, '-movflags', '+faststart');
});
beforeEach(async () => {
  dir = at(`job${count++}`);
  await mkdir(dir);
});
afterAll(() => rm(root, { recursive: true }));

const job = (path: string, quickLook: QuickLook) => ({
  ...{ path, dir, ffmpeg: tools, quickLook, info: { title: 'T' } },
  plan: { kind: 'video' as const, expect: { video: true, audio: true }, convert: false },
});

// Debian's python3-av, or `pip install av`; where neither is, the node does without it as well.
describe.skipIf(!pyav)('with PyAV', () => {
  let quick: QuickLook;
  beforeAll(async () => {
    quick = await openQuickLook({ python: pyav?.python ?? '', log });
  });
  afterAll(() => quick.close());

  it('tells what ffmpeg tells, and makes a thumbnail of the same size', async () => {
    const looked = await quick.look(at('plain.mp4'), dir);
    const other = at('other');
    await mkdir(other, { recursive: true });
    const { banner } = await thumbnailOf(tools, at('plain.mp4'), other);
    expect(looked?.banner).toEqual(banner);
    const made = await thumbnailOf(tools, looked?.thumbnail ?? '', other);
    expect(made.banner.video).toMatchObject({ codec: 'mjpeg', width: 320, height: 180 });
    expect((await stat(looked?.thumbnail ?? '')).size).toBeLessThan(200_000);
  });

  it('forks without a thread of the look before the first one', async () => {
    await quick.look(at('plain.mp4'), dir);
    expect(await readdir(`/proc/${quick.serverPid}/task`)).toHaveLength(1);
  });

  it('makes a file ready without starting ffmpeg', async () => {
    const none = { ffmpeg: '/nonexistent', ffprobe: '/nonexistent' };
    const file = await prepareMedia({ ...job(at('plain.mp4'), quick), ffmpeg: none });
    expect(file).toMatchObject({ kind: 'video', width: 640, height: 360, duration: 3 });
    expect(file.thumbnail).toBeDefined();
  });

  it('leaves what is not ordinary to ffmpeg', async () => {
    const copy = ['-i', at('plain.mp4'), '-c', 'copy'];
    // ffmpeg 6 and 5 say it differently.
    await ffmpeg('-display_rotation', '90', ...copy, at('turned.mp4')).catch(() =>
      ffmpeg(...copy, '-metadata:s:v', 'rotate=90', at('turned.mp4')),
    );
    await ffmpeg(...copy, '-bsf:v', 'h264_metadata=sample_aspect_ratio=4/3', at('wide.mp4'));
    await ffmpeg(...copy, at('matroska.mp4.mkv'));
    await ffmpeg('-f', 'lavfi', '-i', 'color=black:size=640x360:duration=1', at('black.mp4'));
    await ffmpeg(...TEST_PICTURE, '-t', '1', '-c:v', 'mpeg4', at('old.mp4'));
    await writeFile(at('list.mp4'), `#EXTM3U\n#EXTINF:3,\n${at('plain.mp4')}\n`);
    await writeFile(at('junk.mp4'), 'no media');
    for (const name of ['turned', 'wide', 'black', 'old', 'list', 'junk'])
      expect([name, await quick.look(at(`${name}.mp4`), dir)]).toEqual([name, undefined]);
    expect(await quick.look(at('matroska.mp4.mkv'), dir)).toBeUndefined();
  });

  it('does not take a file for whole that ends early', async () => {
    const { size } = await stat(at('plain.mp4'));
    await ffmpeg('-i', at('plain.mp4'), '-c', 'copy', '-movflags', '+faststart', at('cut.mp4'));
    await truncate(at('cut.mp4'), Math.floor(size / 2));
    expect(await mp4Layout(at('cut.mp4'))).toMatchObject({ truncated: true });
    await expect(prepareMedia(job(at('cut.mp4'), quick))).rejects.toMatchObject({
      code: 'incomplete',
    });
  });

  it('goes on after its server was killed', async () => {
    if (quick.serverPid) process.kill(quick.serverPid, 'SIGKILL');
    expect(await quick.look(at('plain.mp4'), dir)).toBeDefined();
  });

  it('ends with the reason of the signal', async () => {
    const reason = new Error('cancelled');
    const look = quick.look(at('plain.mp4'), dir, AbortSignal.abort(reason));
    await expect(look).rejects.toBe(reason);
  });
});

it('leaves every look to ffmpeg when the server does not start', async () => {
  const broken = await openQuickLook({ python: '/bin/false', log });
  expect(await broken.look(at('plain.mp4'), dir)).toBeUndefined();
  const file = await prepareMedia(job(at('plain.mp4'), broken));
  expect(file).toMatchObject({ kind: 'video', duration: 3 });
  await broken.close();
});
