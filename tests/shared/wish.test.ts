import { describe, expect, test } from 'vitest';
import { findLinks } from '../../shared/links.ts';
import { wishOf } from '../../shared/wish.ts';

const Y = 'https://youtu.be/dQw4w9WgXcQ';
const A = 'https://www.aparat.com/v/x1y2Z';

describe('what is written beside a link', () => {
  test.each([
    [`${Y} mp3`, 'mp3'],
    [`${Y} MP3.`, 'mp3'],
    [`${Y} m4a`, 'm4a'],
    [`${Y} (audio)`, 'audio'],
    [`${Y} audio only`, 'audio'],
    [`mp3 ${Y}`, 'mp3'],
    [`${Y} 720`, 'v720'],
    [`${Y} 1080p`, 'v1080'],
    [`${Y} 1080p60`, 'v1080'],
    [`${Y} quality 480`, 'v480'],
    [`${Y} 4K`, 'v2160'],
    [`${Y} file`, 'file'],
    [`${Y} video`, 'auto'],
    [`${Y} menu`, 'ask'],
    [`${Y} صدا`, 'audio'],
    [`${Y} فقط صدا`, 'audio'],
    [`صدا ${Y}`, 'audio'],
    [`${Y} «آهنگ»`, 'audio'],
    [`${Y} کیفیت ۷۲۰`, 'v720'],
    [`${Y}، ۷۲۰`, 'v720'],
    [`${Y} ٧٢٠`, 'v720'],
    [`${Y} به‌صورت فایل`, 'file'],
    [`${Y} ویدیو`, 'auto'],
    [`${Y} کیفیت‌ها`, 'ask'],
  ])('%j is a wish', (text, wish) => {
    expect(findLinks({ text })).toEqual([{ url: Y, wish }]);
  });

  test.each([
    `${Y} mp3 please, it is great`,
    `${Y} 2024`,
    `${Y} 721p`,
    `${Y} 720 people were there`,
    `my file: ${Y}`,
    `${Y}\nmp3`,
    `mp3\n${Y}`,
    `${Y} آهنگ قشنگی است`,
    `${Y} constructor`,
  ])('%j is talk', (text) => {
    expect(findLinks({ text })).toEqual([{ url: Y }]);
  });

  test('a part and a wish go together', () => {
    const clip = { start: 80, end: 165 };
    expect(findLinks({ text: `${Y} 1:20-2:45 mp3` })).toEqual([{ url: Y, clip, wish: 'mp3' }]);
    expect(findLinks({ text: `${Y} از ۱:۲۰ تا ۲:۴۵ صدا` })).toEqual([
      { url: Y, clip, wish: 'audio' },
    ]);
    expect(findLinks({ text: `mp3 ${Y} 1:20-2:45` })).toEqual([{ url: Y, clip, wish: 'mp3' }]);
    expect(findLinks({ text: `${Y} 1:20-2:45 mp3\n${A}` })[0]).toEqual({
      url: Y,
      clip,
      wish: 'mp3',
    });
  });

  test('each link of several keeps its own', () => {
    expect(findLinks({ text: `${Y} mp3\n${A}\n${Y} 720` })).toEqual([
      { url: Y, wish: 'mp3' },
      { url: A },
      { url: Y, wish: 'v720' },
    ]);
    expect(findLinks({ text: `${Y} mp3 ${A} 360` })).toEqual([
      { url: Y, wish: 'mp3' },
      { url: A, wish: 'v360' },
    ]);
  });

  test.each(['__proto__', 'toString', '', ' '])('%j is none', (words) => {
    expect(wishOf(words)).toBeUndefined();
  });
});
