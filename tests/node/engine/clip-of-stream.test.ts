/** Clips of streams whose durations do not simply add up: only what is needed is fetched. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readHead, readText } from '../../../node/egress/read.ts';
import { type ChosenEngine, createEngine } from '../../../node/engine/create-engine.ts';
import { createYtdlp, type Ytdlp } from '../../../node/engine/ytdlp.ts';
import { createLog } from '../../../node/log.ts';

const run = promisify(execFile);
const ffmpeg = (...args: string[]) => run(inject('ffmpeg').ffmpeg, ['-v', 'error', '-y', ...args]);
const never = new AbortController().signal;
const FRAME = 1 / 25;

const TYPES: Record<string, string> = {
  m3u8: 'application/vnd.apple.mpegurl',
  mpd: 'application/dash+xml',
  m4s: 'video/iso.segment',
};

let dir: string;
let server: Server;
let base: string;
let asked: string[] = [];
let chosen: ChosenEngine;
let ytdlp: Ytdlp;

/** A picture that tells every frame from the others, in key frames 1.4 s apart. */
async function film(name: string, seconds: number, look: string): Promise<string> {
  const file = join(dir, `${name}.mp4`);
  await ffmpeg(
    ...['-f', 'lavfi', '-i', `testsrc2=duration=${seconds}:size=320x180:rate=25${look}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '35'],
    ...['-keyint_min', '35', '-sc_threshold', '0', '-c:a', 'aac', file],
  );
  return file;
}

async function segmented(file: string, name: string, flags: readonly string[] = []) {
  await mkdir(join(dir, name));
  const list = join(dir, name, 'index.m3u8');
  const how = ['-f', 'hls', '-hls_time', '1.4', '-hls_playlist_type', 'vod', ...flags];
  const parts = join(dir, name, `${name}%02d.ts`);
  await ffmpeg('-i', file, '-c', 'copy', ...how, '-hls_segment_filename', parts, list);
  return readFile(list, 'utf8');
}

/** The segments of a playlist with their tags, addresses as seen from the folder above. */
const segmentsOf = (text: string, name: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('#EXTINF') || line.endsWith('.ts'))
    .map((line) => (line.endsWith('.ts') ? `${name}/${basename(line)}` : line));

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postchi-clip-'));
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    asked.push(`${request.headers.range ? 'look' : 'whole'} ${basename(path)}`);
    const file = join(dir, path);
    const found = existsSync(file);
    const type = TYPES[path.split('.').at(-1) ?? ''] ?? 'video/mp2t';
    response.writeHead(found ? 200 : 404, { 'content-type': type });
    if (found) createReadStream(file).pipe(response);
    else response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const log = createLog({ level: 'silent', format: 'json' });
  const common = { ffmpeg: inject('ffmpeg').ffmpeg, jsFlags: [], cacheDir: join(dir, 'c'), log };
  chosen = await createEngine({ ...common, kind: 'warm', install: inject('ytdlp') });
  const dispatcher = new Agent();
  ytdlp = createYtdlp({
    ...{ ...common, engine: chosen.engine },
    reading: {
      readText: (url, headers, signal) => readText(url, headers, { dispatcher, signal }),
      readHead: (url, headers, signal) => readHead(url, headers, { dispatcher, signal }),
    },
  });
}, 60_000);

afterAll(async () => {
  await chosen?.engine.close();
  server?.closeAllConnections();
  server?.close();
  await rm(dir, { recursive: true, force: true });
});

/** The clip of a stream, and the names of the segments that were fetched for it. */
async function clipOf(path: string, start: number, end: number) {
  const job = await mkdtemp(join(dir, 'job-'));
  const info = await ytdlp.probe({ url: `${base}/${path}`, dir: job, signal: never });
  asked = [];
  const video = info.formats.filter(({ vcodec }) => vcodec !== 'none').at(-1);
  const sound = info.formats.find(({ vcodec }) => vcodec === 'none');
  const format = [video?.id, sound?.id].filter(Boolean).join('+');
  const plan = { format, mergeTo: 'mp4', clip: { start, end } } as const;
  const { files } = await ytdlp.download({
    ...{ info, plan, dir: job, signal: never, maxBytes: 50e6, onProgress: () => {} },
  });
  const named = (how: string) =>
    asked
      .filter((one) => one.startsWith(how) && /\.(ts|m4s)$/.test(one))
      .map((one) => one.replace(how, ''));
  return { file: files[0] ?? '', fetched: named('whole '), looks: named('look ').length };
}

async function seconds(file: string): Promise<number> {
  const ask = ['-v', 'error', '-show_entries', 'stream=duration', '-select_streams', 'v'];
  const { stdout } = await run(inject('ffmpeg').ffprobe, [...ask, '-of', 'csv=p=0', file]);
  return Number(stdout);
}

/** dB between a clip and the second of a film that begins at `start`; more is more alike. */
async function likeness(clip: string, whole: string, start: number): Promise<number> {
  const compare = `[0:v]setpts=PTS-STARTPTS[a];[1:v]trim=${start}:${start + 1},setpts=PTS-STARTPTS[b];[a][b]psnr`;
  const args = ['-i', clip, '-i', whole, '-lavfi', compare, '-f', 'null', '-'];
  const { stderr } = await run(inject('ffmpeg').ffmpeg, args);
  return Number(/average:([\d.]+|inf)/.exec(stderr)?.[1]?.replace('inf', 'Infinity'));
}

/** Frames by which the clip's start misses `start` of the film. */
async function missedBy(clip: string, whole: string, start: number): Promise<number> {
  const offsets = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
  const all = await Promise.all(offsets.map((n) => likeness(clip, whole, start + n * FRAME)));
  return Math.abs(offsets[all.indexOf(Math.max(...all))] ?? 99);
}

describe('a clip of an HLS stream', () => {
  it('whose durations are whole seconds is fetched by its segments’ own clocks', async () => {
    const whole = await film('long', 28, '');
    const list = await segmented(whole, 'long', ['-hls_flags', 'round_durations']);
    expect(list).toMatch(/^#EXTINF:1,$/m);
    expect(list.match(/\.ts/g)).toHaveLength(20);
    const { file, fetched, looks } = await clipOf('long/index.m3u8', 15, 17);
    // 15 to 17 s lie in the segments that begin at 14, 15.4 and 16.8 s; two more may be fetched.
    expect(fetched).toEqual(expect.arrayContaining(['long10.ts', 'long11.ts', 'long12.ts']));
    expect(fetched.length).toBeLessThanOrEqual(5);
    expect(new Set(fetched).size).toBe(fetched.length);
    expect(looks).toBeLessThanOrEqual(8);
    expect(Math.abs((await seconds(file)) - 2)).toBeLessThanOrEqual(2 * FRAME);
    expect(await missedBy(file, whole, 15)).toBeLessThanOrEqual(2);
  });

  it.each([
    ['breaks off', ['#EXT-X-DISCONTINUITY'], []],
    [
      'carries an advertisement',
      ['#EXT-X-DISCONTINUITY', '#UPLYNK-SEGMENT:1,0,ad', '#EXTINF:1.4,', 'a/a00.ts'],
      ['#UPLYNK-SEGMENT:1,1,segment'],
    ],
  ])('that %s is fetched within its stretch', async (name, between, behind) => {
    const second = existsSync(join(dir, 'b.mp4'))
      ? join(dir, 'b.mp4')
      : await film('b', 7, ',negate');
    if (!existsSync(join(dir, 'a.mp4'))) await segmented(await film('a', 7, ''), 'a');
    if (!existsSync(join(dir, 'b'))) await segmented(second, 'b');
    const list = async (part: string) =>
      segmentsOf(await readFile(join(dir, part, 'index.m3u8'), 'utf8'), part);
    const path = `${name.split(' ')[0]}.m3u8`;
    const head = ['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:2'];
    const lines = [...head, ...(await list('a')), ...between, ...behind, ...(await list('b'))];
    await writeFile(join(dir, path), [...lines, '#EXT-X-ENDLIST', ''].join('\n'));
    const { file, fetched } = await clipOf(path, 9, 11);
    expect(fetched.sort()).toEqual(['b01.ts', 'b02.ts']);
    expect(Math.abs((await seconds(file)) - 2)).toBeLessThanOrEqual(2 * FRAME);
    expect(await missedBy(file, second, 2)).toBeLessThanOrEqual(2);
  });
});

describe('a clip of a DASH stream', () => {
  it('that gives one duration for segments of several is fetched by their own clocks', async () => {
    const whole = await film('dash', 14, '');
    await mkdir(join(dir, 'dash'));
    const template = ['-seg_duration', '2', '-use_timeline', '0', '-use_template', '1'];
    const list = join(dir, 'dash', 'index.mpd');
    await ffmpeg('-i', whole, '-c', 'copy', '-f', 'dash', ...template, list);
    expect(await readFile(list, 'utf8')).toMatch(/<SegmentTemplate[^>]* duration="/);
    const { file, fetched } = await clipOf('dash/index.mpd', 6.2, 8);
    // Key frames are 1.4 s apart: the third segment, told to begin at 4 s, begins at 4.2 s, and the
    // fourth, told to begin at 6 s, at 7 s.
    const pictures = fetched.filter((name) => name.startsWith('chunk-stream0')).sort();
    expect(pictures).toEqual(['chunk-stream0-00003.m4s', 'chunk-stream0-00004.m4s']);
    expect(Math.abs((await seconds(file)) - 1.8)).toBeLessThanOrEqual(2 * FRAME);
    expect(await missedBy(file, whole, 6.2)).toBeLessThanOrEqual(2);
  });
});
