import { describe, expect, it } from 'vitest';
import { hlsPart } from '../../../node/engine/hls-part.ts';

const BASE = 'https://cdn.example/v/index.m3u8?token=1';
const head = ['#EXTM3U', '#EXT-X-VERSION:4', '#EXT-X-TARGETDURATION:4', '#EXT-X-MEDIA-SEQUENCE:7'];
const segment = (n: number) => ['#EXTINF:4.0,', `s${n}.ts`];
const playlist = (...lines: string[]) => [...head, ...lines, '#EXT-X-ENDLIST'].join('\n');
const PLAIN = playlist(...[0, 1, 2, 3, 4].flatMap(segment));

const addresses = (text = '') => text.split('\n').filter((line) => line && !line.startsWith('#'));

describe('the part of an HLS playlist', () => {
  it.each([
    [{ start: 5, end: 7 }, [1], 4],
    [{ start: 3.9, end: 8.1 }, [0, 1, 2], 0],
    [{ start: 4, end: 8 }, [1], 4],
    [{ start: 13 }, [3, 4], 12],
    [{ start: 0, end: 99 }, [0, 1, 2, 3, 4], 0],
  ])('%j is the segments that touch it', (part, taken, before) => {
    const found = hlsPart(PLAIN, BASE, part);
    expect(addresses(found?.what)).toEqual(taken.map((n) => `https://cdn.example/v/s${n}.ts`));
    expect(found?.before).toBe(before);
    expect(found?.what).toContain(`#EXT-X-MEDIA-SEQUENCE:${7 + (taken[0] ?? 0)}`);
  });

  it('keeps the key and the initialisation that stand for it, and the place of a range', () => {
    const text = playlist(
      '#EXT-X-MAP:URI="init.mp4"',
      '#EXT-X-KEY:METHOD=AES-128,URI="k1"',
      ...['#EXTINF:4,', '#EXT-X-BYTERANGE:100@0', 'all.mp4'],
      '#EXT-X-KEY:METHOD=AES-128,URI="k2"',
      ...['#EXTINF:4,', '#EXT-X-BYTERANGE:50', 'all.mp4'],
      ...['#EXTINF:4,', '#EXT-X-BYTERANGE:60', 'all.mp4'],
    );
    const { what } = hlsPart(text, BASE, { start: 9, end: 10 }) ?? {};
    expect(what?.split('\n').slice(4)).toEqual([
      '#EXT-X-MAP:URI="https://cdn.example/v/init.mp4"',
      '#EXT-X-KEY:METHOD=AES-128,URI="https://cdn.example/v/k2"',
      ...['#EXTINF:4,', '#EXT-X-BYTERANGE:60@150', 'https://cdn.example/v/all.mp4'],
      ...['#EXT-X-ENDLIST', ''],
    ]);
  });

  it.each([
    ['a live stream', PLAIN.replace('#EXT-X-ENDLIST', '')],
    ['times that start anew', playlist(...segment(0), '#EXT-X-DISCONTINUITY', ...segment(1))],
    ['whole seconds only', PLAIN.replace('VERSION:4', 'VERSION:2')],
    ['another scheme', playlist(...segment(0), '#EXTINF:4,', 'file:///etc/passwd')],
    ['something else', '<html>'],
    ['nothing there', playlist(...segment(0))],
  ])('is not told from %s', (_, text) => {
    expect(hlsPart(text, BASE, { start: 5, end: 7 })).toBeUndefined();
  });
});
