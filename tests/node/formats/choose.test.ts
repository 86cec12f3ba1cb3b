import { describe, expect, it } from 'vitest';
import type { Format, MediaInfo } from '../../../node/engine/media-info.ts';
import { choosePlan } from '../../../node/formats/choose.ts';
import { ladder } from '../../../node/formats/ladder.ts';
import type { Choice } from '../../../shared/choice.ts';
import { JobError } from '../../../shared/errors.ts';

const MB = 1024 * 1024;
const LIMIT = 50 * MB;

let rank = 0;
const format = (id: string, change: Partial<Format>): Format => ({
  id,
  ext: 'mp4',
  protocol: 'https',
  rank: rank++,
  ...change,
});
const video = (height: number, mb: number, change: Partial<Format> = {}) =>
  format(`v${height}${change.vcodec ?? ''}`, {
    height,
    vcodec: 'avc1.64001f',
    acodec: 'none',
    size: { bytes: mb * MB, exact: true },
    ...change,
  });
const audio = (change: Partial<Format> = {}) =>
  format('a', {
    ext: 'm4a',
    vcodec: 'none',
    acodec: 'mp4a.40.2',
    size: { bytes: 3 * MB, exact: true },
    ...change,
  });
const info = (formats: Format[], change: Partial<MediaInfo> = {}): MediaInfo => ({
  id: 'x',
  title: 'A title',
  extractor: 'Test',
  webpageUrl: 'http://site.example/x',
  live: 'no',
  formats,
  subtitles: [],
  infoFile: '/nowhere',
  ...change,
});
const choose = (formats: Format[], choice: Choice = { kind: 'auto' }, change = {}) =>
  choosePlan(info(formats), { choice, limit: LIMIT, ...change });
const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof JobError ? { code: error.code, ...error.facts } : error;
  }
  return undefined;
};

describe('the ladder', () => {
  it('has one rung per height, highest first, each with its sound', () => {
    const rungs = ladder(info([video(360, 10), video(720, 30), audio()]));
    expect(rungs.map(({ height }) => height)).toEqual([720, 360]);
    expect(rungs[0]?.formats.map(({ id }) => id)).toEqual(['v720', 'a']);
    expect(rungs[0]?.size).toEqual({ bytes: 33 * MB, exact: true });
  });

  it('takes H.264 over VP9 and AV1 of the same height, because phones play it', () => {
    const vp9 = video(720, 20, { vcodec: 'vp09.00.31.08', ext: 'webm' });
    const [rung] = ladder(info([video(720, 30), vp9, audio()]));
    expect(rung?.playable).toBe(true);
    expect(rung?.formats[0]?.vcodec).toMatch(/^avc1/);
  });
});

describe('choosing', () => {
  it('takes the best rung when it fits', () => {
    expect(choose([video(360, 10), video(720, 30), audio()])).toMatchObject({
      height: 720,
      why: 'best',
      selector: 'v720+a',
      expect: { video: true, audio: true },
    });
  });

  it('takes the largest that fits, counting video and audio together', () => {
    const plan = choose([video(360, 10), video(720, 30), video(1080, 48), audio()]);
    expect(plan).toMatchObject({ height: 720, why: 'fits' });
  });

  it('trusts an estimate less than an exact size', () => {
    const guessed = { size: { bytes: 48 * MB, exact: false } };
    expect(choose([video(360, 10), video(720, 0, guessed)])).toMatchObject({ height: 360 });
  });

  it('tells all sizes when nothing fits', () => {
    expect(codeOf(() => choose([video(360, 60), video(720, 200)]))).toEqual({
      code: 'too_large',
      size: 200 * MB,
      smallest: 60 * MB,
      limit: LIMIT,
    });
  });

  it('steps down when a rung of unknown size proved too large', () => {
    const unknown = { size: undefined };
    const formats = [video(360, 0, unknown), video(720, 0, unknown)];
    expect(choose(formats)).toMatchObject({ height: 720 });
    expect(choose(formats, { kind: 'auto' }, { below: 720 })).toMatchObject({
      height: 360,
      why: 'fits',
    });
  });

  it('prefers a smaller rung a phone plays over a larger one it does not', () => {
    const av1 = video(1080, 30, { vcodec: 'av01.0.08M.08' });
    expect(choose([video(720, 20), av1, audio()])).toMatchObject({ height: 720, convert: false });
  });

  it('marks what has to be converted when no phone could play any rung', () => {
    const vp9 = video(720, 20, { vcodec: 'vp9', ext: 'webm' });
    expect(choose([vp9, audio()])).toMatchObject({ height: 720, convert: true });
  });

  it('gives the height that was asked for, or the lowest there is', () => {
    const formats = [video(480, 10), video(720, 20)];
    expect(choose(formats, { kind: 'video', height: 480 })).toMatchObject({
      height: 480,
      why: 'asked',
    });
    expect(choose(formats, { kind: 'video', height: 600 })).toMatchObject({ height: 480 });
    expect(choose(formats, { kind: 'video', height: 144 })).toMatchObject({ height: 480 });
  });

  it('scales sizes to the part a clip takes', () => {
    const plan = choose([video(1080, 400)], { kind: 'auto' }, { part: 0.1 });
    expect(plan).toMatchObject({ height: 1080, size: { bytes: 40 * MB, exact: false } });
  });

  it('takes the sound alone where it is alone, else from the smallest picture', () => {
    const asked: Choice = { kind: 'audio', format: 'mp3' };
    expect(choose([video(720, 30), audio()], asked)).toMatchObject({
      selector: 'a',
      extractAudio: 'mp3',
    });
    const combined = [360, 720].map((height) => video(height, 40, { acodec: 'mp4a.40.2' }));
    expect(choose(combined, asked)).toMatchObject({ selector: 'v360' });
    expect(codeOf(() => choose([video(720, 30)], asked))).toEqual({ code: 'no_audio' });
  });

  it('sends the original with the best streams whatever their codecs', () => {
    const formats = [video(720, 20), video(1080, 30, { vcodec: 'av01' }), audio()];
    expect(choose(formats, { kind: 'file' })).toMatchObject({
      kind: 'file',
      selector: 'v1080av01+a',
    });
  });

  it('sends a song as audio and a picture as what its content is', () => {
    const song = format('0', { ext: 'mp3', vcodec: 'none', acodec: 'mp3' });
    expect(choose([song])).toMatchObject({ kind: 'audio', selector: '0' });
    const picture = format('0', { ext: 'jpg', acodec: 'none' });
    expect(choose([picture])).toMatchObject({
      kind: 'video',
      selector: '0',
      expect: { video: false },
    });
  });

  it('knows when there is nothing', () => {
    expect(codeOf(() => choose([]))).toEqual({ code: 'no_media' });
    const subtitles: Choice = { kind: 'subtitles', language: 'fa' };
    expect(codeOf(() => choose([video(720, 1)], subtitles))).toEqual({ code: 'no_subtitles' });
  });
});
