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
import { joinPieces } from '../../../node/media/join.ts';

const run = promisify(execFile);
const ffmpeg = (...args: string[]) => run(inject('ffmpeg').ffmpeg, ['-v', 'error', '-y', ...args]);
const never = new AbortController().signal;
const FRAME = 1 / 25;

const TYPES: Record<string, string> = {
  m3u8: 'application/vnd.apple.mpegurl',
  mpd: 'application/dash+xml',
  m4s: 'video/iso.segment',
  webm: 'video/webm',
};

let dir: string;
let server: Server;
let base: string;
let asked: string[] = [];
let chosen: ChosenEngine;
let ytdlp: Ytdlp;

/**
 * A picture that tells every frame from the others, in key frames 1.4 s apart, and a tone that falls
 * silent for half a second. Made once.
 */
async function film(name: string, seconds: number, look: string, silentAt = 1): Promise<string> {
  const file = join(dir, `${name}.mp4`);
  if (existsSync(file)) return file;
  const silent = `volume=0:enable='between(t,${silentAt},${silentAt + 0.5})'`;
  await ffmpeg(
    ...['-f', 'lavfi', '-i', `testsrc2=duration=${seconds}:size=320x180:rate=25${look}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds},${silent}`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '35'],
    ...['-keyint_min', '35', '-sc_threshold', '0', '-c:a', 'aac', file],
  );
  return file;
}

/** A stream in segments that begin at key frames, made once; its playlist. */
async function segmented(file: string, name: string, flags: readonly string[] = []) {
  const list = join(dir, name, 'index.m3u8');
  if (existsSync(list)) return readFile(list, 'utf8');
  await mkdir(join(dir, name));
  const how = ['-f', 'hls', '-hls_time', '1.4', '-hls_playlist_type', 'vod'];
  const parts = join(dir, name, `${name}%02d.${flags.includes('fmp4') ? 'm4s' : 'ts'}`);
  await ffmpeg('-i', file, '-c', 'copy', ...how, '-hls_segment_filename', parts, ...flags, list);
  return readFile(list, 'utf8');
}

const HEAD = ['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:2'];
const playlist = (path: string, lines: readonly string[]) =>
  writeFile(join(dir, path), [...HEAD, ...lines, '#EXT-X-ENDLIST', ''].join('\n'));

/** A stream of pictures and one of sound beside it. */
const beside = (path: string, pictures: string, sound: string) =>
  writeFile(
    join(dir, path),
    [
      ...['#EXTM3U', `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="${sound}"`],
      '#EXT-X-STREAM-INF:BANDWIDTH=500000,CODECS="avc1.42c00d,mp4a.40.2",RESOLUTION=320x180,AUDIO="a"',
      ...[pictures, ''],
    ].join('\n'),
  );

/** The segments of a playlist with their tags, addresses as seen from the folder above. */
const segmentsOf = (text: string, name: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('#EXTINF') || line.endsWith('.ts'))
    .map((line) => (line.endsWith('.ts') ? `${name}/${basename(line)}` : line));

/** Frames of AAC in each segment of sound without a container: 1.393 s. */
const FRAMES = 60;

/** Sound without a container, its time in a tag (RFC 8216, 3.4), told in whole seconds. */
async function packed(file: string, name: string): Promise<string[]> {
  await mkdir(join(dir, name));
  const whole = join(dir, `${name}.aac`);
  await ffmpeg('-i', file, '-vn', '-c', 'copy', '-f', 'adts', whole);
  const bytes = await readFile(whole);
  const [lines, frames]: [string[], Buffer[]] = [[], []];
  for (let at = 0; at < bytes.length; ) {
    const length = (bytes.readUInt32BE(at + 2) >> 5) & 0x1fff || bytes.length;
    frames.push(bytes.subarray(at, at + length));
    at += length;
  }
  for (let n = 0; n * FRAMES < frames.length; n++) {
    const part = `${name}/${name}${String(n).padStart(2, '0')}.aac`;
    const own = frames.slice(n * FRAMES, (n + 1) * FRAMES);
    await writeFile(
      join(dir, part),
      Buffer.concat([tag(1.4 + (n * FRAMES * 1024) / 44_100), ...own]),
    );
    lines.push('#EXTINF:1,', part);
  }
  return lines;
}

function tag(seconds: number): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Math.round(seconds * 90_000)));
  const owner = 'com.apple.streaming.transportStreamTimestamp\0';
  const data = Buffer.concat([Buffer.from(owner, 'latin1'), time]);
  const frame = Buffer.concat([
    Buffer.from([...Buffer.from('PRIV'), 0, 0, 0, data.length, 0, 0]),
    data,
  ]);
  return Buffer.concat([
    Buffer.from([...Buffer.from('ID3'), 4, 0, 0, 0, 0, 0, frame.length]),
    frame,
  ]);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postchi-clip-'));
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    asked.push(`${request.headers.range ? 'look' : 'whole'} ${basename(path)}`);
    const file = join(dir, path);
    const found = existsSync(file);
    const type = TYPES[path.split('.').at(-1) ?? ''] ?? 'video/mp2t';
    const [from, to] = (/^bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []).slice(1);
    const status = found ? (from === undefined ? 200 : 206) : 404;
    response.writeHead(status, { 'content-type': type });
    if (found)
      createReadStream(file, { start: Number(from ?? 0), end: Number(to ?? Infinity) }).pipe(
        response,
      );
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
      readHead: (url, headers, signal, from) =>
        readHead(url, headers, { dispatcher, signal }, from),
    },
    join: (request) => joinPieces(inject('ffmpeg'), request),
  });
}, 60_000);

afterAll(async () => {
  await chosen?.engine.close();
  server?.closeAllConnections();
  server?.close();
  await rm(dir, { recursive: true, force: true });
});

type Wanted = { audio?: { format: 'm4a' | 'mp3' | 'opus'; cover: boolean } };

/** The clip of a stream, and the names of the segments that were fetched for it. */
async function clipOf(path: string, start: number, end: number, wanted: Wanted = {}) {
  const job = await mkdtemp(join(dir, 'job-'));
  const info = await ytdlp.probe({ url: `${base}/${path}`, dir: job, signal: never });
  asked = [];
  const video = info.formats.filter(({ vcodec }) => vcodec !== 'none').at(-1);
  const sound = info.formats.find(({ vcodec }) => vcodec === 'none');
  const format = [video?.id, sound?.id].filter(Boolean).join('+');
  const plan = { format, mergeTo: 'mp4', clip: { start, end }, ...wanted } as const;
  const { files } = await ytdlp.download({
    ...{ info, plan, dir: job, signal: never, maxBytes: 50e6, onProgress: () => {} },
  });
  const named = (how: string) =>
    asked
      .filter(
        (one) => one.startsWith(how) && /\.(ts|m4s|aac|webm|mp4)$/.test(one) && !/init/.test(one),
      )
      .map((one) => one.replace(how, ''));
  return { file: files[0] ?? '', fetched: named('whole '), looks: named('look ').length };
}

async function seconds(file: string): Promise<number> {
  const ask = ['-v', 'error', '-show_entries', 'stream=duration', '-select_streams', 'v'];
  const { stdout } = await run(inject('ffmpeg').ffprobe, [...ask, '-of', 'csv=p=0', file]);
  return Number(stdout);
}

/** Seconds of the clip at which its sound falls silent for a while, and at which it goes on. */
async function silence(file: string): Promise<number[]> {
  const args = ['-i', file, '-af', 'silencedetect=noise=-40dB:d=0.2', '-f', 'null', '-'];
  const { stderr } = await run(inject('ffmpeg').ffmpeg, args);
  return [...stderr.matchAll(/silence_(?:start|end): ([\d.]+)/g)].map(([, at]) => Number(at));
}

/** dB between a clip from its second `at` on and a film from `start` on; more is more alike. */
async function likeness(clip: string, whole: string, start: number, at: number): Promise<number> {
  const cut = (from: number) => `trim=${from}:${from + 0.8},setpts=PTS-STARTPTS,scale=320:180`;
  const compare = `[0:v]${cut(at)}[a];[1:v]${cut(start)}[b];[a][b]psnr`;
  const args = ['-i', clip, '-i', whole, '-lavfi', compare, '-f', 'null', '-'];
  const { stderr } = await run(inject('ffmpeg').ffmpeg, args);
  return Number(/average:([\d.]+|inf)/.exec(stderr)?.[1]?.replace('inf', 'Infinity'));
}

/** Frames by which the clip from its second `at` on misses `start` of the film. */
async function missedBy(clip: string, whole: string, start: number, at = 0): Promise<number> {
  const offsets = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
  const all = await Promise.all(offsets.map((n) => likeness(clip, whole, start + n * FRAME, at)));
  return Math.abs(offsets[all.indexOf(Math.max(...all))] ?? 99);
}

const isBeside = (found: number, wanted: number) => Math.abs(found - wanted) <= 2 * FRAME;

describe('a clip of an HLS stream', () => {
  it('whose durations are whole seconds is fetched by its segments’ own clocks', async () => {
    const whole = await film('long', 28, '', 15.5);
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

  const WHOLE_SECONDS = ['-hls_flags', 'round_durations'];
  const onlySegmentsOf = (name: string, ending: string) =>
    [10, 11, 12].map((n) => `${name}${n}.${ending}`);

  it.each([
    ['encrypted', 'locked', 'ts', ['-hls_key_info_file', 'key.txt']],
    ['in MP4', 'fragments', 'm4s', ['-hls_segment_type', 'fmp4']],
  ])('of whole seconds and %s is fetched by its clocks as well', async (_, name, ending, flags) => {
    const whole = await film('long', 28, '', 15.5);
    await writeFile(join(dir, 'key.bin'), 'sixteen bytes ok');
    await writeFile(join(dir, 'key.txt'), `../key.bin\n${join(dir, 'key.bin')}\n`);
    const how = flags.map((flag) => flag.replace('key.txt', join(dir, 'key.txt')));
    const list = await segmented(whole, name, [...WHOLE_SECONDS, ...how]);
    expect(list).toMatch(/^#EXTINF:1,$/m);
    const { file, fetched, looks } = await clipOf(`${name}/index.m3u8`, 15, 17);
    expect(fetched).toEqual(expect.arrayContaining(onlySegmentsOf(name, ending)));
    expect(fetched.length).toBeLessThanOrEqual(5);
    expect(looks).toBeLessThanOrEqual(8);
    expect(isBeside(await seconds(file), 2)).toBe(true);
    expect(await missedBy(file, whole, 15)).toBeLessThanOrEqual(2);
  });

  it('whose sound has no container is fetched by its tags, and heard with its picture', async () => {
    const whole = await film('long', 28, '', 15.5);
    await segmented(whole, 'mute', ['-an']);
    const sound = await packed(whole, 'packed');
    await playlist('packed.m3u8', sound);
    // Whole seconds before version 3 are rounded.
    const rounded = (await readFile(join(dir, 'packed.m3u8'), 'utf8')).replace('ION:3', 'ION:2');
    await writeFile(join(dir, 'packed.m3u8'), rounded);
    await beside('packed-master.m3u8', 'mute/index.m3u8', 'packed.m3u8');
    const { file, fetched } = await clipOf('packed-master.m3u8', 15, 17);
    expect(fetched.filter((name) => name.startsWith('mute')).sort()).toEqual(
      [10, 11, 12].map((n) => `mute${n}.ts`),
    );
    expect(fetched.filter((name) => name.startsWith('packed')).length).toBeLessThanOrEqual(5);
    expect(isBeside(await seconds(file), 2)).toBe(true);
    expect(await missedBy(file, whole, 15)).toBeLessThanOrEqual(2);
    const [falls = 99, goesOn = 99] = await silence(file);
    expect([isBeside(falls, 0.5), isBeside(goesOn, 1)]).toEqual([true, true]);
  });

  const BREAK = ['#EXT-X-DISCONTINUITY'];
  const AD = [
    ...BREAK,
    '#UPLYNK-SEGMENT:1,0,ad',
    '#EXTINF:1.4,',
    'a/a00.ts',
    '#UPLYNK-SEGMENT:1,1,segment',
  ];

  /** Seven seconds of one film, a break, seven of another. */
  async function broken(path: string, between: readonly string[], look = ',negate') {
    const name = look === ',negate' ? 'b' : 'small';
    const [a, b] = [await film('a', 7, '', 6.2), await film(name, 7, look, 0.8)];
    const [one, two] = [await segmented(a, 'a'), await segmented(b, name)];
    await playlist(path, [...segmentsOf(one, 'a'), ...between, ...segmentsOf(two, name)]);
    return { a, b };
  }

  it.each([
    ['breaks off', 'break.m3u8', BREAK],
    ['carries an advertisement', 'ad.m3u8', AD],
  ])('that %s is fetched within its stretch', async (_, path, between) => {
    const { b } = await broken(path, between);
    const { file, fetched } = await clipOf(path, 9, 11);
    expect(fetched.sort()).toEqual(['b01.ts', 'b02.ts']);
    expect(isBeside(await seconds(file), 2)).toBe(true);
    expect(await missedBy(file, b, 2)).toBeLessThanOrEqual(2);
  });

  it.each([
    ['breaks off', 'across.m3u8', BREAK, ',negate', 'b'],
    ['carries an advertisement', 'across-ad.m3u8', AD, ',negate', 'b'],
    ['goes on in another size', 'across-size.m3u8', BREAK, ',negate,scale=256:144', 'small'],
  ])('that %s is fetched across the break', async (_, path, between, look, name) => {
    const { a, b } = await broken(path, between, look);
    const { file, fetched } = await clipOf(path, 6, 8.6);
    expect(fetched.sort()).toEqual(['a04.ts', `${name}00.ts`, `${name}01.ts`]);
    expect(isBeside(await seconds(file), 2.6)).toBe(true);
    expect(await missedBy(file, a, 6)).toBeLessThanOrEqual(2);
    // A second in, the second film begins.
    expect(await missedBy(file, b, 0.2, 1.2)).toBeLessThanOrEqual(2);
    const wanted = [0.2, 0.7, 1.8, 2.3];
    const heard = await silence(file);
    expect(wanted.map((at, n) => isBeside(heard[n] ?? 99, at))).toEqual([true, true, true, true]);
  });

  it('whose sound lies beside it is fetched across the break of both', async () => {
    const [a, b] = [await film('a', 7, '', 6.2), await film('b', 7, ',negate', 0.8)];
    for (const [kind, flag] of [
      ['pictures', '-an'],
      ['sound', '-vn'],
    ] as const) {
      const lines: string[] = [];
      for (const [name, file] of [
        ['a', a],
        ['b', b],
      ] as const) {
        const list = await segmented(file, `${name}-${kind}`, [flag]);
        lines.push(...(lines.length > 0 ? BREAK : []), ...segmentsOf(list, `${name}-${kind}`));
      }
      await playlist(`${kind}.m3u8`, lines);
    }
    await beside('apart.m3u8', 'pictures.m3u8', 'sound.m3u8');
    const { file, fetched } = await clipOf('apart.m3u8', 6, 8.6);
    expect(fetched.filter((name) => name.includes('pictures')).sort()).toEqual([
      ...['a-pictures04.ts', 'b-pictures00.ts', 'b-pictures01.ts'],
    ]);
    expect(fetched.length).toBeLessThanOrEqual(7);
    expect(isBeside(await seconds(file), 2.6)).toBe(true);
    expect(await missedBy(file, a, 6)).toBeLessThanOrEqual(2);
    expect(await missedBy(file, b, 0.2, 1.2)).toBeLessThanOrEqual(2);
    const heard = await silence(file);
    const wanted = [0.2, 0.7, 1.8, 2.3];
    expect(wanted.map((at, n) => isBeside(heard[n] ?? 99, at))).toEqual([true, true, true, true]);
  });

  it('whose sound ends at the break is fetched whole', async () => {
    const [a, b] = [await film('a', 7, '', 6.2), await film('b', 7, ',negate', 0.8)];
    const [one, two] = [await segmented(a, 'a'), await segmented(b, 'b-pictures', ['-an'])];
    const lines = [...segmentsOf(one, 'a'), ...BREAK, ...segmentsOf(two, 'b-pictures')];
    await playlist('ends.m3u8', lines);
    const { file, fetched } = await clipOf('ends.m3u8', 6, 8.6);
    expect(new Set(fetched).size).toBe(10);
    expect(await missedBy(file, a, 6)).toBeLessThanOrEqual(2);
  });

  it('is fetched across a break as sound alone', async () => {
    await broken('across.m3u8', BREAK);
    const audio = { format: 'mp3', cover: true } as const;
    const { file, fetched } = await clipOf('across.m3u8', 6, 8.6, { audio });
    expect(file).toMatch(/\.mp3$/);
    expect(fetched.sort()).toEqual(['a04.ts', 'b00.ts', 'b01.ts']);
    const heard = await silence(file);
    const wanted = [0.2, 0.7, 1.8, 2.3];
    expect(wanted.map((at, n) => isBeside(heard[n] ?? 99, at))).toEqual([true, true, true, true]);
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

  it('of WebM is fetched by its clusters’ own times', async () => {
    const whole = await film('dash', 14, '');
    await mkdir(join(dir, 'webm'));
    const template = ['-seg_duration', '2', '-use_timeline', '0', '-use_template', '1'];
    const list = join(dir, 'webm', 'index.mpd');
    await ffmpeg(
      ...['-i', whole, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'],
      ...['-b:v', '500k', '-g', '35', '-keyint_min', '35', '-c:a', 'libopus'],
      ...['-f', 'dash', '-dash_segment_type', 'webm', ...template, list],
    );
    expect(await readFile(list, 'utf8')).toMatch(/<SegmentTemplate[^>]* duration="/);
    const { file, fetched } = await clipOf('webm/index.mpd', 6.2, 8);
    const pictures = fetched.filter((name) => name.startsWith('chunk-stream0')).sort();
    expect(pictures).toEqual(['chunk-stream0-00003.webm', 'chunk-stream0-00004.webm']);
    expect(isBeside(await seconds(file), 1.8)).toBe(true);
    expect(await missedBy(file, whole, 6.2)).toBeLessThanOrEqual(2);
  });
});
