import { describe, expect, test } from 'vitest';
import { formatFor, isolate, rtl, tidy } from '../../shared/format.ts';

const [en, fa] = [formatFor('en'), formatFor('fa')];
const bare = (text: string) => text.replace(/[\u2066-\u2069]/g, '');
const NOW = Date.UTC(2026, 10, 23, 14, 20);

describe('sizes and rates', () => {
  test.each([
    [0, '0 B', '۰ بایت'],
    [999, '999 B', '۹۹۹ بایت'],
    [1024, '1 KB', '۱ کیلوبایت'],
    [1_048_575, '1 MB', '۱ مگابایت'],
    [1_572_864, '1.5 MB', '۱٫۵ مگابایت'],
    [45_088_768, '43 MB', '۴۳ مگابایت'],
    [52_428_800, '50 MB', '۵۰ مگابایت'],
    [2_097_152_000, '2 GB', '۲ گیگابایت'],
    [-5, '0 B', '۰ بایت'],
    [Number.NaN, '0 B', '۰ بایت'],
  ])('%d bytes are %s', (bytes, english, persian) => {
    expect(en.bytes(bytes)).toBe(english);
    expect(bare(fa.bytes(bytes))).toBe(persian);
  });

  test('speed is per second', () => {
    expect(en.speed(2_200_000)).toBe('2.1 MB/s');
    expect(bare(fa.speed(2_200_000))).toBe('۲٫۱ مگابایت بر ثانیه');
  });
});

describe('times', () => {
  test.each([
    [0, '0:00', '۰:۰۰'],
    [80, '1:20', '۱:۲۰'],
    [3723, '1:02:03', '۱:۰۲:۰۳'],
    [59.6, '1:00', '۱:۰۰'],
  ])('%d s into a video is %s', (seconds, english, persian) => {
    expect(en.duration(seconds)).toBe(english);
    expect(bare(fa.duration(seconds))).toBe(persian);
  });

  test.each([
    [0, '1 s', '۱ ثانیه'],
    [12, '12 s', '۱۲ ثانیه'],
    [89, '89 s', '۸۹ ثانیه'],
    [90, '2 min', '۲ دقیقه'],
    [3600, '60 min', '۶۰ دقیقه'],
    [7200, '2 h', '۲ ساعت'],
    [7500, '2 h 5 min', '۲ ساعت و ۵ دقیقه'],
  ])('a wait of %d s is %s', (seconds, english, persian) => {
    expect(en.span(seconds)).toBe(english);
    expect(bare(fa.span(seconds))).toBe(persian);
  });

  test('a moment near by is a clock time with its zone', () => {
    expect(en.when(NOW + 60_000, NOW)).toBe('14:21 UTC');
    expect(fa.when(NOW + 60_000, NOW)).toBe('ساعت ۱۷:۵۱ به وقت تهران');
  });

  test('a moment far away has its day, in Persian by the Jalali calendar', () => {
    expect(en.when(NOW, NOW - 1e9)).toBe('23 November 2026, 14:20 UTC');
    expect(fa.when(NOW, NOW - 1e9)).toBe('۲ آذر ۱۴۰۵، ساعت ۱۷:۵۰ به وقت تهران');
    expect(fa.date(Date.UTC(2026, 2, 20, 21))).toBe('۱ فروردین ۱۴۰۵');
  });
});

test('percent is cut at both ends and never rounds up to done', () => {
  expect([en.percent(-3), en.percent(99.9), en.percent(250)]).toEqual(['0%', '99%', '100%']);
  expect(bare(fa.percent(45.6))).toBe('۴۵٪');
});

test('the bar fills from the side the language starts at', () => {
  expect(en.bar(45)).toBe('▰▰▰▰▱▱▱▱▱▱');
  expect(fa.bar(45)).toBe('\u2067▰▰▰▰▱▱▱▱▱▱\u2069');
  expect([en.bar(0), en.bar(100)]).toEqual(['▱'.repeat(10), '▰'.repeat(10)]);
});

test("strangers' words are one line that cannot turn the text around", () => {
  expect(tidy('a\u202eb\u2069c\n\td\u0000e')).toBe('abc d e');
  expect(isolate('x\u2069y')).toBe('\u2068xy\u2069');
  expect([...tidy('😀'.repeat(300), 10)]).toHaveLength(10);
});

test('a line that does not start with a Persian letter is told its direction', () => {
  expect(rtl('سلام')).toBe('سلام');
  expect(rtl('abc سلام')).toBe('\u200fabc سلام');
  expect(rtl(`${isolate('abc')} سلام`)).toBe(`\u200f${isolate('abc')} سلام`);
  expect(rtl('۱۲\n\nسلام')).toBe('\u200f۱۲\n\nسلام');
});
