import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type ChosenEngine, createEngine } from '../../../node/engine/create-engine.ts';
import type { DownloadPlan } from '../../../node/engine/download-run.ts';
import type { Engine } from '../../../node/engine/engine.ts';
import type { Reading } from '../../../node/engine/part-request.ts';
import type { Progress } from '../../../node/engine/progress.ts';
import { createYtdlp, type Ytdlp } from '../../../node/engine/ytdlp.ts';
import { createLog } from '../../../node/log.ts';
import { JobError } from '../../../shared/errors.ts';
import { clips } from '../../support/clips.ts';
import { type Origin, startOrigin } from '../../support/media-origin.ts';

let origin: Origin;
let chosen: ChosenEngine;
let engine: Engine;
let ytdlp: Ytdlp;
let dir: string;
const never = new AbortController().signal;

const log = createLog({ level: 'silent', format: 'json' });

describe.each(['warm', 'spawn'] as const)('with the %s engine', (kind) => {
  // What yt-dlp makes of a link and of its arguments is the same however its Python starts, and a
  // Python of its own for each of sixty runs takes a minute: with `spawn` one of every kind shows
  // the way there and back. `EVERY_ENGINE=1` asks all of both.
  const every = kind === 'warm' || process.env.EVERY_ENGINE === '1';
  const firstOf = <T>(all: readonly T[]) => (every ? all : all.slice(0, 1));

  beforeAll(async () => {
    origin = await startOrigin();
    const common = {
      ffmpeg: inject('ffmpeg').ffmpeg,
      jsFlags: [],
      cacheDir: join(tmpdir(), 'postchi-test-cache'),
      log,
    };
    chosen = await createEngine({ ...common, kind, install: inject('ytdlp') });
    ({ engine } = chosen);
    const reading: Reading = {
      readText: async (url) => ({ url, text: await (await fetch(url)).text() }),
      readHead: async (url) => {
        const answer = await fetch(url, { headers: { range: 'bytes=0-262143' } });
        return new Uint8Array(await answer.arrayBuffer());
      },
    };
    ytdlp = createYtdlp({ ...common, engine, reading });
  });
  afterAll(async () => {
    await engine.close();
    await origin.close();
  });
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'postchi-ytdlp-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const probe = (path: string) => ytdlp.probe({ url: `${origin.url}${path}`, dir, signal: never });
  const BEST: DownloadPlan = { format: 'bv*+ba/b', mergeTo: 'mp4' };

  interface Wanted {
    plan?: DownloadPlan;
    maxBytes?: number;
    signal?: AbortSignal;
    onProgress?: (progress: Progress) => void;
  }

  async function fetchAll(path: string, wanted: Wanted = {}) {
    const info = await probe(path);
    const { plan = BEST, maxBytes = 50e6, signal = never, onProgress = () => {} } = wanted;
    return ytdlp.download({ info, plan, dir, signal, maxBytes, onProgress });
  }

  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (cause) => (cause instanceof JobError ? cause : Promise.reject(cause)),
    );

  /** dB between a clip and the same second of the whole (PSNR). */
  const likeness = async (clip: string, whole: string, start: number) => {
    const compare = `[0:v]setpts=PTS-STARTPTS[a];[1:v]trim=${start}:${start + 1},setpts=PTS-STARTPTS[b];[a][b]psnr`;
    const args = ['-i', clip, '-i', whole, '-lavfi', compare, '-f', 'null', '-'];
    const { stderr } = await promisify(execFile)(inject('ffmpeg').ffmpeg, args);
    return Number(/average:([\d.]+)/.exec(stderr)?.[1]);
  };

  const seconds = async (files: string[]) => {
    const asked = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0'];
    const { stdout } = await promisify(execFile)(inject('ffmpeg').ffprobe, [...asked, ...files]);
    return Number(stdout);
  };

  describe('probe', () => {
    it('describes a direct file without knowing its codecs', async () => {
      const info = await probe('/clip.mp4');
      expect(info).toMatchObject({ title: 'clip', live: 'no', extractor: 'Generic' });
      expect(info.formats).toMatchObject([{ ext: 'mp4', rank: 0 }]);
    });

    it('writes an info file only its owner can read', async () => {
      const info = await probe('/small.mp4');
      expect((await stat(info.infoFile)).mode & 0o777).toBe(0o600);
    });

    it.each(
      firstOf([
        ['/dead', 'not_found'],
        ['/empty-page', 'unsupported_link'],
        ['/gone', 'removed'],
        ['/429', 'rate_limited'],
        ['/500', 'site_error'],
        ['/redirect-loop', 'redirect_loop'],
      ]),
    )('answers %s with %s', async (path, code) => {
      expect(await failure(probe(path))).toMatchObject({ code });
    });

    it('gives the reason of its own signal when it is cancelled', async () => {
      const cancel = new AbortController();
      const probing = failure(
        ytdlp.probe({ url: `${origin.url}/page`, dir, signal: cancel.signal }),
      );
      await origin.asked('/page', origin.count('/page') + 1);
      cancel.abort(new JobError('cancelled', 'by the person'));
      expect(await probing).toMatchObject({ code: 'cancelled', detail: 'by the person' });
    });

    if (!every) return;

    it('takes the title of a page without the number yt-dlp puts behind it', async () => {
      expect((await probe('/page')).title).toBe('ویدیوی آزمایشی');
    });

    it('lists the rungs of an HLS stream with their heights', async () => {
      const info = await probe('/hls/master.m3u8');
      expect(info.formats.map((format) => format.height)).toEqual([360, 720]);
      expect(info.duration).toBeCloseTo(6, 0);
    });

    it('tells several videos of one page apart from a playlist', async () => {
      const info = await probe('/two');
      expect(info.entries).toBeUndefined();
      expect(info.items).toHaveLength(2);
    });
  });

  describe('download', () => {
    it('delivers a direct file and asks the site once for the page', async () => {
      const before = origin.count('/page');
      const forks = chosen.warm?.forks ?? 0;
      const { files } = await fetchAll('/page');
      // The download runs in the child that probed.
      if (chosen.warm) expect(chosen.warm.forks - forks).toBe(1);
      expect(files).toEqual([join(dir, 'out', '001.mp4')]);
      expect(origin.count('/page') - before).toBe(1);
    });

    it('joins video and audio that come apart', async () => {
      const seen: Progress[] = [];
      const result = await fetchAll('/dash/manifest.mpd', {
        onProgress: (step) => seen.push(step),
      });
      expect(result).toMatchObject({ merged: true, files: [join(dir, 'out', '001.mp4')] });
      const percents = seen.flatMap((step) => step.percent ?? []);
      expect(percents).toEqual([...percents].sort((a, b) => a - b));
      expect(seen.at(-1)?.phase).toBe('processing');
    });

    it('delivers no file that a line break in a video’s name asks for', async () => {
      const wanted = ['jar.txt', '../jar.txt', join(dir, 'jar.txt'), '/etc/passwd'];
      const lines = wanted.map((path) => `@@F ${JSON.stringify(path)}`);
      await writeFile(join(dir, 'jar.txt'), 'a cookie');
      const path = `/called/${encodeURIComponent(['x', ...lines, 'y'].join('\n'))}.mp4`;
      expect((await fetchAll(path)).files).toEqual([join(dir, 'out', '001.mp4')]);
    });

    it.each(
      firstOf([
        ['/dash/manifest.mpd', '/dash/manifest.mpd', /chunk-stream\d-\d+\.m4s/],
        ['/hls/master.m3u8', '/hls/1.m3u8', /1_00\d\.ts/],
      ] as const),
    )(
      'fetches of %s only the segments of a clip, and cuts at its seconds',
      async (path, whole, segment) => {
        const info = await probe(path);
        const video = info.formats.filter(({ vcodec }) => vcodec !== 'none').at(-1);
        const sound = info.formats.find(({ vcodec }) => vcodec === 'none');
        const format = [video?.id, sound?.id].filter(Boolean).join('+');
        const before = origin.requests.length;
        const plan: DownloadPlan = { ...BEST, format, clip: { start: 2.5, end: 3.5 } };
        const { files } = await ytdlp.download({
          ...{ info, plan, dir, signal: never, maxBytes: 50e6, onProgress: () => {} },
        });
        // A look at a fragment's clock asks for its first bytes only.
        const fetched = origin.requests.slice(before).filter(({ headers }) => !headers.range);
        const asked = fetched.map((request) => request.path);
        const segments = asked.filter((one) => segment.test(one));
        expect(new Set(segments).size).toBe(sound ? 2 : 1);
        expect(segments.every((one) => /_001\.ts|-00002\.m4s/.test(one))).toBe(true);
        expect(await seconds(files)).toBeCloseTo(1, 0);
        const [early, right, late] = await Promise.all(
          [2.1, 2.5, 2.9].map(async (at) =>
            likeness(files[0] ?? '', join(await clips(), whole), at),
          ),
        );
        expect(right).toBeGreaterThan(Math.max(early ?? 0, late ?? 0));
      },
    );

    it('ends a file of unknown length when it passes the limit', async () => {
      expect(await failure(fetchAll('/nolength-large.mp4', { maxBytes: 1e6 }))).toMatchObject({
        code: 'too_large',
      });
    });

    it('does not take an HLS stream with a missing fragment for a success', async () => {
      expect(await failure(fetchAll('/missing-fragment/master.m3u8'))).toMatchObject({
        code: 'incomplete',
      });
    });

    it('stops at once when the job is cancelled', async () => {
      const cancel = new AbortController();
      const stopped = failure(
        fetchAll('/slow.mp4', {
          signal: cancel.signal,
          onProgress: () => cancel.abort(new JobError('cancelled')),
        }),
      );
      expect(await stopped).toMatchObject({ code: 'cancelled' });
    });

    if (!every) return;

    it('fetches every video of a page', async () => {
      expect((await fetchAll('/two')).files).toHaveLength(2);
    });

    it('turns a video into audio', async () => {
      const plan: DownloadPlan = { format: 'ba/b', audio: { format: 'mp3', cover: false } };
      expect((await fetchAll('/small.mp4', { plan })).files).toEqual([join(dir, 'out', '001.mp3')]);
    });

    it.each([
      ['/clip.mp4', 'mp4', 3],
      ['/clip.mp4', 'b', 3],
      ['/hls/master.m3u8', 'bv*+ba/b', 3],
      ['/dash/manifest.mpd', 'bv*+ba/b', 3],
      ['/hls/master.m3u8', 'b', undefined],
    ])('cuts a clip of %s at its seconds', async (path, format, end) => {
      const plan: DownloadPlan = { ...BEST, format, clip: { start: 1, end } };
      const { files } = await fetchAll(path, { plan });
      expect(await seconds(files)).toBeCloseTo((end ?? 6) - 1, 0);
    });

    it('makes no sound of a playlist that calls itself a video and names a file here', async () => {
      const theirs = join(await clips(), 'hls', '1_000.ts');
      const path = `/disguised.mp4?as=${encodeURIComponent(`file://${theirs}`)}`;
      const plan = { format: 'b', audio: { format: 'mp3' as const, cover: false } };
      const refused = await failure(fetchAll(path, { plan }));
      expect(refused).toBeInstanceOf(JobError);
    });

    it('cuts the sound of a stream at its seconds', async () => {
      const audio = { format: 'mp3', cover: false } as const;
      const plan: DownloadPlan = { format: 'ba/b', audio, clip: { start: 1, end: 3 } };
      const { files } = await fetchAll('/hls/master.m3u8', { plan });
      expect(files).toEqual([join(dir, 'out', '001.mp3')]);
      expect(await seconds(files)).toBeCloseTo(2, 0);
    });

    it('refuses a file above the limit with its size', async () => {
      expect(await failure(fetchAll('/large.mp4', { maxBytes: 1e6 }))).toMatchObject({
        code: 'too_large',
        facts: { size: 3_000_000_000, limit: 1e6 },
      });
    });
  });
});
