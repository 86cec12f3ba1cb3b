import { describe, expect, it } from 'vitest';
import type { Section } from '../../../node/engine/argv.ts';
import { addressOf, readHls, type Segment } from '../../../node/engine/hls-list.ts';
import { hlsParts } from '../../../node/engine/hls-part.ts';

const BASE = 'https://cdn.example/v/index.m3u8?token=1';
const head = ['#EXTM3U', '#EXT-X-VERSION:4', '#EXT-X-TARGETDURATION:4', '#EXT-X-MEDIA-SEQUENCE:7'];
const segment = (n: number) => ['#EXTINF:4.0,', `s${n}.ts`];
const playlist = (...lines: string[]) => [...head, ...lines, '#EXT-X-ENDLIST'].join('\n');
const PLAIN = playlist(...[0, 1, 2, 3, 4].flatMap(segment));

/** Seconds from the start at which each segment really begins, where its clock can be read. */
const partOf = async (text: string, part: Section, clocks: readonly number[] = []) => {
  const looks: number[] = [];
  const list = readHls(text, BASE);
  const readClock = async (segment: Segment) => {
    const at = Number(/s(\d+)\.ts/.exec(addressOf(segment))?.[1]);
    looks.push(at);
    const time = clocks[at];
    return time === undefined ? undefined : new Map([[256, 1.4 + time]]);
  };
  const found = list && (await hlsParts(list, part, readClock));
  const [first, ...rest] = found ?? [];
  return first && { ...first, rest, looks };
};
const addresses = (text = '') => text.split('\n').filter((line) => line && !line.startsWith('#'));

describe('the part of an HLS playlist', () => {
  it.each([
    [{ start: 5, end: 7 }, [1], 4],
    [{ start: 3.9, end: 8.1 }, [0, 1, 2], 0],
    [{ start: 4, end: 8 }, [1], 4],
    [{ start: 13 }, [3, 4], 12],
    [{ start: 0, end: 99 }, [0, 1, 2, 3, 4], 0],
  ])('%j is the segments that touch it', async (part, taken, before) => {
    const found = await partOf(PLAIN, part);
    expect(addresses(found?.what)).toEqual(taken.map((n) => `https://cdn.example/v/s${n}.ts`));
    expect(found?.before).toBe(before);
    expect(found?.what).toContain(`#EXT-X-MEDIA-SEQUENCE:${7 + (taken[0] ?? 0)}`);
  });

  it('keeps the key and the initialisation that stand for it, and the place of a range', async () => {
    const text = playlist(
      '#EXT-X-MAP:URI="init.mp4"',
      '#EXT-X-KEY:METHOD=AES-128,URI="k1"',
      ...['#EXTINF:4,', '#EXT-X-BYTERANGE:100@0', 'all.mp4'],
      '#EXT-X-KEY:METHOD=AES-128,URI="k2"',
      ...['#EXTINF:4,', '#EXT-X-BYTERANGE:50', 'all.mp4'],
      ...['#EXTINF:4,', '#EXT-X-BYTERANGE:60', 'all.mp4'],
    );
    const { what } = (await partOf(text, { start: 9, end: 10 })) ?? {};
    expect(what?.split('\n').slice(4)).toEqual([
      '#EXT-X-MAP:URI="https://cdn.example/v/init.mp4"',
      '#EXT-X-KEY:METHOD=AES-128,URI="https://cdn.example/v/k2"',
      ...['#EXTINF:4,', '#EXT-X-BYTERANGE:60@150', 'https://cdn.example/v/all.mp4'],
      ...['#EXT-X-ENDLIST', ''],
    ]);
  });

  it.each([
    ['a live stream', PLAIN.replace('#EXT-X-ENDLIST', '')],
    [
      'whole seconds with a break',
      playlist(...segment(0), '#EXT-X-DISCONTINUITY', ...segment(1)).replace(
        'VERSION:4',
        'VERSION:2',
      ),
    ],
    ['whole seconds without a clock', PLAIN.replace('VERSION:4', 'VERSION:2')],
    ['another scheme', playlist(...segment(0), '#EXTINF:4,', 'file:///etc/passwd')],
    ['something else', '<html>'],
    ['nothing there', playlist('#EXTINF:2.0,', 's0.ts')],
  ])('is not told from %s', async (_, text) => {
    expect(await partOf(text, { start: 3, end: 7 })).toBeUndefined();
  });

  it('lies within one stretch of a stream that breaks off', async () => {
    const text = playlist(...segment(0), ...segment(1), '#EXT-X-DISCONTINUITY', ...segment(2));
    const found = await partOf(text, { start: 9, end: 11 });
    expect(addresses(found?.what)).toEqual(['https://cdn.example/v/s2.ts']);
    expect(found?.before).toBe(8);
    expect(found?.what).not.toContain('DISCONTINUITY');
  });

  it.each([
    ['#ANVATO-SEGMENT-INFO:type=ad', '#ANVATO-SEGMENT-INFO:type=master'],
    ['#UPLYNK-SEGMENT:1f,00000000,ad', '#UPLYNK-SEGMENT:1f,00000001,segment'],
  ])('counts no advertisement, %s', async (begins, ends) => {
    const ad = [begins, '#EXTINF:3.0,', 'ad.ts', ends];
    const text = playlist(...segment(0), ...ad, ...segment(1), ...segment(2));
    const found = await partOf(text, { start: 5, end: 9 });
    expect(addresses(found?.what)).toEqual([1, 2].map((n) => `https://cdn.example/v/s${n}.ts`));
    expect(found?.before).toBe(4);
    // The advertisement counts for the number of a segment, which is its key's vector.
    expect(found?.what).toContain(`#EXT-X-MEDIA-SEQUENCE:${7 + 2}`);
    const across = await partOf(text, { start: 3, end: 9 });
    expect(addresses(across?.what)).toEqual(['https://cdn.example/v/s0.ts']);
    expect(addresses(across?.rest[0]?.what)).toEqual(addresses(found?.what));
    expect(across?.rest[0]?.before).toBe(4);
  });

  it('across breaks is one for each stretch, without those it only touches', async () => {
    const off = '#EXT-X-DISCONTINUITY';
    const text = playlist(
      ...[...segment(0), ...segment(1), off, ...segment(2), off, '#EXT-X-MAP:URI="i2.mp4"'],
      ...[...segment(3), off, ...segment(4)],
    );
    const found = await partOf(text, { start: 6, end: 16.001 });
    const all = [...(found ? [found] : []), ...(found?.rest ?? [])];
    expect(all.map(({ what }) => addresses(what))).toEqual(
      [1, 2, 3].map((n) => [`https://cdn.example/v/s${n}.ts`]),
    );
    expect(all.map(({ before }) => before)).toEqual([4, 8, 12]);
    expect(all[2]?.what).toContain('#EXT-X-MAP:URI="https://cdn.example/v/i2.mp4"');
    expect(all[1]?.what).not.toContain('MAP');
  });

  describe('of whole seconds', () => {
    const LENGTH = 60;
    /** Segments of 1.4 s, told as one second each. */
    const rounded = ['#EXTM3U', '#EXT-X-VERSION:2', '#EXT-X-TARGETDURATION:1']
      .concat(Array.from({ length: LENGTH }, (_, n) => ['#EXTINF:1,', `s${n}.ts`]).flat())
      .concat('#EXT-X-ENDLIST')
      .join('\n');
    const clocks = Array.from({ length: LENGTH }, (_, n) => n * 1.4);

    it.each([
      [{ start: 0, end: 2 }],
      [{ start: 30, end: 33.5 }],
      [{ start: 81, end: 84 }],
      [{ start: 70 }],
    ])('%j is found by the clocks of the segments', async (part: Section) => {
      const found = await partOf(rounded, part, clocks);
      const taken = addresses(found?.what).map((one) => Number(/s(\d+)/.exec(one)?.[1]));
      const [first = 0, last = 0] = [taken[0], taken.at(-1)];
      expect(found?.before).toBeCloseTo(first * 1.4, 9);
      expect(first * 1.4).toBeLessThanOrEqual(part.start);
      expect(part.start - first * 1.4).toBeLessThanOrEqual(2 + 1.4);
      const end = part.end ?? 84;
      expect((last + 1) * 1.4).toBeGreaterThanOrEqual(end - 1e-9);
      expect(last * 1.4).toBeLessThan(end + 2 * 1.4);
      expect(found?.looks.length).toBeLessThanOrEqual(8);
    });

    it('is the whole when the clocks contradict the list', async () => {
      const jumping = clocks.map((time, at) => (at % 2 ? time + 500 : time));
      expect(await partOf(rounded, { start: 30, end: 33 }, jumping)).toBeUndefined();
    });
  });
});
