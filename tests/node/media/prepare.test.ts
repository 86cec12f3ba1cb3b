import { mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inspect } from '../../../node/media/inspect.ts';
import { mp4Layout } from '../../../node/media/mp4-boxes.ts';
import { type PrepareJob, prepareMedia } from '../../../node/media/prepare.ts';
import { clip, ffmpeg, makeDir, TEST_PICTURE, TONE, tools } from './clips.ts';

const prepare = (one: PrepareJob) => prepareMedia({ ...one, ffmpeg: tools });
let root: string;
let dir: string;
let count = 0;

const at = (name: string) => join(root, name);
const job = (path: string, more: Partial<PrepareJob> = {}): PrepareJob => ({
  ...{ path, dir, info: { title: 'A/title' } },
  plan: { kind: 'video', expect: { video: true, audio: true }, convert: false },
  ...more,
});
const asAudio: PrepareJob['plan'] = {
  ...{ kind: 'audio', expect: { video: false, audio: true }, convert: false },
};
const silent: PrepareJob['plan'] = {
  ...{ kind: 'video', expect: { video: true, audio: false }, convert: false },
};

beforeAll(async () => {
  root = await makeDir();
  await clip(at('slow.mp4'), 3);
  await clip(at('fast.mp4'), 3, '-movflags', '+faststart');
});
beforeEach(async () => {
  dir = at(`job${count++}`);
  await mkdir(dir);
});
afterAll(() => rm(root, { recursive: true }));

describe('videos', () => {
  it('leaves a file that is ready as it is', async () => {
    const file = await prepare(job(at('fast.mp4')));
    expect(file).toMatchObject({
      ...{ kind: 'video', path: at('fast.mp4'), width: 640, height: 360, duration: 3 },
      ...{ fileName: 'A title.mp4', title: 'A/title', bytes: (await stat(at('fast.mp4'))).size },
    });
  });

  it('makes a JPEG thumbnail within Telegram’s limits', async () => {
    const { thumbnail = '' } = await prepare(job(at('fast.mp4')));
    const { video, bytes } = await inspect(tools, thumbnail);
    expect(video).toMatchObject({ codec: 'mjpeg', width: 320, height: 180 });
    expect(bytes).toBeLessThan(200_000);
  });

  it('looks further when the video fades in from black', async () => {
    await ffmpeg(
      ...['-f', 'lavfi', '-i', 'color=black:size=640x360:rate=25:duration=1', ...TEST_PICTURE],
      ...['-filter_complex', '[0][1]concat=n=2', '-t', '12', '-c:v', 'libx264'],
      ...['-preset', 'ultrafast', '-pix_fmt', 'yuv420p', at('fade.mp4')],
    );
    const { thumbnail = '' } = await prepare(job(at('fade.mp4'), { plan: silent }));
    expect((await stat(thumbnail)).size).toBeGreaterThan(3000);
  });

  it('moves the index to the front by copying', async () => {
    expect(await mp4Layout(at('slow.mp4'))).toMatchObject({ faststart: false, truncated: false });
    const { path } = await prepare(job(at('slow.mp4')));
    expect(await mp4Layout(path)).toMatchObject({ faststart: true, truncated: false });
  });

  it('looks at a transport stream and copies it in one run of ffmpeg', async () => {
    const from = at('whole.ts');
    await ffmpeg('-i', at('slow.mp4'), '-c', 'copy', from);
    const counting = join(dir, 'counting');
    const script = `#!/bin/sh\necho run >> ${join(dir, 'runs')}\nexec ffmpeg "$@"\n`;
    await writeFile(counting, script, { mode: 0o755 });
    const file = await prepareMedia({ ...job(from), ffmpeg: { ...tools, ffmpeg: counting } });
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
    expect(await mp4Layout(file.path)).toMatchObject({ faststart: true, truncated: false });
    expect(file).toMatchObject({ kind: 'video', duration: 3, width: 640, height: 360 });
    expect(file.thumbnail).toBeDefined();
  });

  it.each(['mkv', 'ts', 'mov'])('copies H.264 out of %s without re-encoding', async (ext) => {
    await ffmpeg('-i', at('fast.mp4'), '-c', 'copy', at(`1.${ext}`));
    let reencoded = false;
    const file = await prepare(job(at(`1.${ext}`), { onReencode: () => (reencoded = true) }));
    expect(file).toMatchObject({ kind: 'video', width: 640, height: 360 });
    expect(await mp4Layout(file.path)).toMatchObject({ faststart: true, truncated: false });
    expect(reencoded).toBe(false);
  });

  it('waits for a turn to convert only with what has to be re-encoded', async () => {
    const webm = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-c:a', 'libopus', at('2.webm')];
    await ffmpeg(...TEST_PICTURE, ...TONE, '-t', '1', ...webm);
    const taken: string[] = [];
    const turns = {
      look: <T>(work: () => Promise<T>) => {
        taken.push('look');
        return work();
      },
      convert: <T>(work: () => Promise<T>) => {
        taken.push('convert');
        return work();
      },
    };
    await prepare(job(at('slow.mp4'), { turns }));
    expect(taken).not.toContain('convert');
    await prepare(job(at('2.webm'), { turns }));
    expect(taken.filter((turn) => turn === 'convert')).toHaveLength(1);
  });

  it('re-encodes what no phone plays, and says so before', async () => {
    await ffmpeg(
      ...TEST_PICTURE,
      ...TONE,
      '-t',
      '1',
      '-c:v',
      'libvpx-vp9',
      '-deadline',
      'realtime',
      '-c:a',
      'libopus',
      at('1.webm'),
    );
    let announced = 0;
    const shares: number[] = [];
    const file = await prepare(
      job(at('1.webm'), {
        onReencode: () => announced++,
        onProgress: (share) => shares.push(share),
      }),
    );
    const made = await inspect(tools, file.path);
    expect(made).toMatchObject({
      video: { codec: 'h264', pixels: 'yuv420p' },
      audio: { codec: 'aac' },
    });
    expect(announced).toBe(1);
    expect(shares.at(-1)).toBeGreaterThan(0.9);
  });

  it('makes an MP4 of a MOV file even when its index is in front', async () => {
    await ffmpeg('-i', at('fast.mp4'), '-c', 'copy', '-movflags', '+faststart', at('front.mov'));
    expect((await inspect(tools, at('front.mov'))).quicktime).toBe(true);
    const { path } = await prepare(job(at('front.mov')));
    expect((await inspect(tools, path)).quicktime).toBe(false);
  });

  it('takes junk after the end for what it is', async () => {
    const junk = Buffer.concat([await readFile(at('fast.mp4')), Buffer.alloc(99, 'z')]);
    await writeFile(at('junk.mp4'), junk);
    expect(await prepare(job(at('junk.mp4')))).toMatchObject({ kind: 'video' });
  });

  it('shows a rotated phone video upright', async () => {
    await ffmpeg(
      '-display_rotation',
      '90',
      '-i',
      at('fast.mp4'),
      '-c',
      'copy',
      at('turn.mp4'),
    ).catch(() =>
      ffmpeg('-i', at('fast.mp4'), '-c', 'copy', '-metadata:s:v:0', 'rotate=90', at('turn.mp4')),
    );
    const file = await prepare(job(at('turn.mp4')));
    expect(file).toMatchObject({ width: 360, height: 640 });
    expect((await inspect(tools, at('turn.mp4'))).video).toMatchObject({ width: 360, height: 640 });
  });

  it('counts wide pixels', async () => {
    await clip(at('sar.mp4'), 1, '-vf', 'setsar=4/3', '-movflags', '+faststart');
    expect(await prepare(job(at('sar.mp4')))).toMatchObject({ width: 853, height: 360 });
  });

  it('sends a GIF as an animation', async () => {
    await ffmpeg(...TEST_PICTURE, '-t', '1', '-vf', 'scale=120:-2', at('1.gif'));
    expect(await prepare(job(at('1.gif')))).toMatchObject({ kind: 'animation' });
  });

  it('keeps the original when that was asked for', async () => {
    const plan = { kind: 'file' as const, expect: { video: true, audio: true }, convert: false };
    const file = await prepare(job(at('slow.mp4'), { plan }));
    expect(file).toMatchObject({ kind: 'document', path: at('slow.mp4') });
  });
});

describe('songs', () => {
  it('takes title, performer and cover from the file', async () => {
    await ffmpeg(...TEST_PICTURE, '-frames:v', '1', at('cover.jpg'));
    await ffmpeg(
      ...[...TONE, '-i', at('cover.jpg'), '-map', '0', '-map', '1', '-t', '2', '-c:v', 'copy'],
      ...['-disposition:v', 'attached_pic', '-metadata', 'title=آهنگ', '-metadata', 'artist=A'],
      at('1.mp3'),
    );
    const file = await prepare(job(at('1.mp3'), { plan: asAudio }));
    expect(file).toMatchObject({ kind: 'audio', title: 'آهنگ', performer: 'A', duration: 2 });
    expect(file.fileName).toBe('آهنگ.mp3');
    expect((await inspect(tools, file.thumbnail ?? '')).video).toMatchObject({ width: 320 });
  });

  it('prefers what the site says', async () => {
    await ffmpeg(...TONE, '-t', '1', at('1.m4a'));
    const info = { title: 'page', track: 'Track', artist: 'Artist' };
    const file = await prepare(job(at('1.m4a'), { info, plan: asAudio }));
    expect(file).toMatchObject({ kind: 'audio', title: 'Track', performer: 'Artist' });
  });

  it('takes a song for a song when a video was expected to be there or not', async () => {
    await ffmpeg(...TONE, '-t', '1', '-c:a', 'libopus', at('1.ogg'));
    const plan = { kind: 'video' as const, expect: { video: false, audio: true }, convert: false };
    expect(await prepare(job(at('1.ogg'), { plan }))).toMatchObject({
      ...{ kind: 'audio', fileName: 'A title.opus' },
    });
  });
});

describe('pictures and the rest', () => {
  it('sends a JPEG as a photo, whatever its name', async () => {
    await ffmpeg(...TEST_PICTURE, '-frames:v', '1', '-f', 'image2', '-c:v', 'mjpeg', at('p.mp4'));
    expect(await prepare(job(at('p.mp4')))).toMatchObject({
      ...{ kind: 'photo', width: 640, height: 360, fileName: 'A title.jpg' },
    });
  });

  it('converts WebP to a photo', async () => {
    await ffmpeg(...TEST_PICTURE, '-frames:v', '1', at('1.webp'));
    const file = await prepare(job(at('1.webp')));
    expect(file.kind).toBe('photo');
    expect((await readFile(file.path)).subarray(0, 2).toString('hex')).toBe('ffd8');
  });

  it('sends a picture Telegram would refuse as a document', async () => {
    await ffmpeg('-f', 'lavfi', '-i', 'color=red:size=2100x100', '-frames:v', '1', at('long.png'));
    expect(await prepare(job(at('long.png')))).toMatchObject({ kind: 'document' });
  });

  it('sends subtitles as a document', async () => {
    await writeFile(at('1.srt'), '1\n00:00:00,000 --> 00:00:01,000\nسلام\n');
    const plan = {
      kind: 'subtitles' as const,
      subtitles: 'fa',
      expect: { video: false, audio: false },
      convert: false,
    };
    expect(await prepare(job(at('1.srt'), { plan }))).toMatchObject({
      ...{ kind: 'document', fileName: 'A title.fa.srt' },
    });
  });
});

describe('partial files', () => {
  const incomplete = (more: Partial<PrepareJob> & { path: string }) =>
    expect(prepare(job(more.path, more))).rejects.toMatchObject({ code: 'incomplete' });

  it.each(['fast.mp4', 'slow.mp4'])('finds a cut off %s', async (name) => {
    const path = at(`cut-${name}`);
    await writeFile(path, await readFile(at(name)));
    await truncate(path, Math.floor((await stat(path)).size * 0.6));
    await incomplete({ path });
  });

  it('finds missing sound and missing picture', async () => {
    await ffmpeg('-i', at('fast.mp4'), '-an', '-c', 'copy', at('mute.mp4'));
    await ffmpeg('-i', at('fast.mp4'), '-vn', '-c', 'copy', at('blind.mp4'));
    await incomplete({ path: at('mute.mp4') });
    await incomplete({ path: at('blind.mp4') });
  });

  it('finds a file much shorter than promised', () =>
    incomplete({ path: at('fast.mp4'), durationS: 60 }));

  it('finds an empty file and one that is no media', async () => {
    await writeFile(at('empty.mp4'), '');
    await writeFile(at('page.mp4'), '<html>403</html>');
    await incomplete({ path: at('empty.mp4') });
    await incomplete({ path: at('page.mp4') });
  });

  it('does not follow a playlist that calls itself a video', async () => {
    await ffmpeg('-i', at('fast.mp4'), '-c', 'copy', at('secret.ts'));
    const lines = ['#EXTM3U', '#EXT-X-TARGETDURATION:3', '#EXTINF:3,', at('secret.ts')];
    await writeFile(at('list.mp4'), [...lines, '#EXT-X-ENDLIST', ''].join('\n'));
    await incomplete({ path: at('list.mp4') });
    await ffmpeg('-f', 'hls', '-i', at('list.mp4'), '-c', 'copy', at('followed.mp4'));
    expect((await stat(at('followed.mp4'))).size).toBeGreaterThan(1000);
  });

  it('stops at once when the job is cancelled', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    await ffmpeg(...TEST_PICTURE, '-t', '20', '-c:v', 'mpeg4', at('long.avi'));
    const plan = { ...silent, convert: true };
    const onReencode = () => setImmediate(() => cancel.abort(reason));
    const running = prepare(job(at('long.avi'), { plan, onReencode, signal: cancel.signal }));
    await expect(running).rejects.toBe(reason);
  });
});

describe('files that are no media', () => {
  const anything: PrepareJob['plan'] = { ...silent, expect: { video: false, audio: false } };

  it('sends an archive behind a plain link as a document', async () => {
    const bytes = 'PK\x03\x04 and more bytes';
    await writeFile(at('archive.unknown_video'), bytes);
    const file = await prepare(job(at('archive.unknown_video'), { plan: anything }));
    expect(file).toMatchObject({ kind: 'document', bytes: bytes.length, fileName: 'A title.bin' });
  });

  it('takes a file that ends like a video and cannot be read for broken', async () => {
    await writeFile(at('broken.mp4'), 'not a video');
    const broken = prepare(job(at('broken.mp4'), { plan: anything }));
    await expect(broken).rejects.toMatchObject({ code: 'incomplete' });
  });
});
