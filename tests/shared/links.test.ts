import { describe, expect, test } from 'vitest';
import { leadingClip } from '../../shared/clip.ts';
import { findLinks } from '../../shared/links.ts';

const Y = 'https://youtu.be/dQw4w9WgXcQ';
const A = 'https://example.com/a';
const ZWNJ = '\u200c';

/** Text → the addresses found in it, in order. */
const FOUND: [text: string, urls: string[]][] = [
  [Y, [Y]],
  [` ${Y} `, [Y]],
  [`look ${Y}`, [Y]],
  [`${Y} look`, [Y]],
  [`look\n${Y}\nthere`, [Y]],
  [`look:${Y}`, [Y]],
  [`HTTPS://YOUTU.BE/dQw4w9WgXcQ`, ['HTTPS://YOUTU.BE/dQw4w9WgXcQ']],
  [`${Y}.`, [Y]],
  [`${Y}...`, [Y]],
  [`${Y}…`, [Y]],
  [`${Y},`, [Y]],
  [`${Y};`, [Y]],
  [`${Y}:`, [Y]],
  [`${Y}!`, [Y]],
  [`${Y}?`, [Y]],
  [`${Y}?!`, [Y]],
  [`"${Y}"`, [Y]],
  [`'${Y}'`, [Y]],
  [`“${Y}”`, [Y]],
  [`(${Y})`, [Y]],
  [`(${Y}).`, [Y]],
  [`[${Y}]`, [Y]],
  [`<${Y}>`, [Y]],
  [`{${Y}}`, [Y]],
  [`\`${Y}\``, [Y]],
  [`*${Y}*`, [Y]],
  [`**${Y}**`, [Y]],
  [`_${Y}_`, [Y]],
  [`~~${Y}~~`, [Y]],
  [`[title](${Y})`, [Y]],
  [`[title](${Y}).`, [Y]],
  [`[${Y}](${Y})`, [Y]],
  [`[${A}](${Y})`, [A, Y]],
  [`|${Y}|`, [Y]],
  ['https://youtu.be/dQw4w9WgXc_', ['https://youtu.be/dQw4w9WgXc_']],
  ['_https://youtu.be/dQw4w9WgXc__', ['https://youtu.be/dQw4w9WgXc_']],
  ['https://youtu.be/dQw4w9WgXc-', ['https://youtu.be/dQw4w9WgXc-']],
  // Persian around it
  [`ببین ${Y}`, [Y]],
  [`ببین${Y}`, [Y]],
  [`${Y}،`, [Y]],
  [`${Y}، خیلی خوبه`, [Y]],
  [`${Y}؛`, [Y]],
  [`${Y}؟`, [Y]],
  [`«${Y}»`, [Y]],
  [`«${Y}».`, [Y]],
  [`${Y}${ZWNJ}`, [Y]],
  [`${Y}${ZWNJ}رو ببین`, [Y]],
  [`${Y}رو ببین`, [Y]],
  [`\u200f${Y}\u200f`, [Y]],
  [`\u2068${Y}\u2069`, [Y]],
  [`\u202b${Y}\u202c`, [Y]],
  [`\ufeff${Y}`, [Y]],
  [`(${Y})رو ببین`, [Y]],
  ['https://www.instagram.com/p/C1ab_-2/رو', ['https://www.instagram.com/p/C1ab_-2/']],
  ['https://fa.wikipedia.org/wiki/تهران', ['https://fa.wikipedia.org/wiki/تهران']],
  ['https://fa.wikipedia.org/wiki/تهران، پایتخت', ['https://fa.wikipedia.org/wiki/تهران']],
  ['https://en.wikipedia.org/wiki/Foo_(bar)', ['https://en.wikipedia.org/wiki/Foo_(bar)']],
  ['(https://en.wikipedia.org/wiki/Foo_(bar))', ['https://en.wikipedia.org/wiki/Foo_(bar)']],
  ['看https://youtu.be/dQw4w9WgXcQ。', [Y]],
  ['（https://youtu.be/dQw4w9WgXcQ）', [Y]],
  // Parts of an address that look like its end
  ['https://example.com/a.b/c.mp4', ['https://example.com/a.b/c.mp4']],
  ['https://example.com/a?x=1,2;3&y=(z)', ['https://example.com/a?x=1,2;3&y=(z)']],
  ['https://example.com/a#frag!x', ['https://example.com/a#frag!x']],
  ['https://example.com/@user/1', ['https://example.com/@user/1']],
  ['https://example.com/a~b*c', ['https://example.com/a~b*c']],
  ['https://example.com/%D8%A7', ['https://example.com/%D8%A7']],
  ['https://example.com:8443/a', ['https://example.com:8443/a']],
  ['https://user:pass@example.com/a', ['https://user:pass@example.com/a']],
  [
    'https://web.archive.org/web/2020/https://example.com/',
    ['https://web.archive.org/web/2020/https://example.com/'],
  ],
  ['https://example.com/r?u=https://other.org/x', ['https://example.com/r?u=https://other.org/x']],
  // Several
  [`${Y} ${A}`, [Y, A]],
  [`${A} ${Y}`, [A, Y]],
  [`${Y}\n${A}\n`, [Y, A]],
  [`${Y},${A}`, [`${Y}`, A]],
  [`${Y}،${A}`, [Y, A]],
  [`${Y}${A}`, [Y, A]],
  [`${A}http://example.org/b`, [A, 'http://example.org/b']],
  [`1. ${Y}\n2. ${A}`, [Y, A]],
  [`• ${Y}\n• ${A}`, [Y, A]],
  [`${Y} ${Y}`, [Y]],
  [`${Y} ${A} ${Y}`, [Y, A]],
  // Own network, refused elsewhere
  ['http://localhost:8080/v.mp4', ['http://localhost:8080/v.mp4']],
  ['http://127.0.0.1:8080/v.mp4', ['http://127.0.0.1:8080/v.mp4']],
  ['http://192.168.1.1/', ['http://192.168.1.1/']],
  ['http://[::1]:8080/v.mp4', ['http://[::1]:8080/v.mp4']],
  ['(http://[::1]:8080/v.mp4)', ['http://[::1]:8080/v.mp4']],
  ['http://2130706433/', ['http://2130706433/']],
  ['http://intranet/x', ['http://intranet/x']],
  // Without a scheme
  ['youtu.be/dQw4w9WgXcQ', [Y]],
  ['ببین youtu.be/dQw4w9WgXcQ', [Y]],
  ['ببینyoutu.be/dQw4w9WgXcQ', [Y]],
  ['youtu.be/dQw4w9WgXcQرو', [Y]],
  ['«youtu.be/dQw4w9WgXcQ»', [Y]],
  ['(youtu.be/dQw4w9WgXcQ)', [Y]],
  ['youtu.be/dQw4w9WgXcQ.', [Y]],
  ['www.instagram.com/p/C1ab_-2/', ['https://www.instagram.com/p/C1ab_-2/']],
  ['instagram.com/reel/C1ab_-2', ['https://instagram.com/reel/C1ab_-2']],
  ['m.youtube.com/watch?v=dQw4w9WgXcQ', ['https://m.youtube.com/watch?v=dQw4w9WgXcQ']],
  ['vm.tiktok.com/ZMabc/', ['https://vm.tiktok.com/ZMabc/']],
  ['x.com/a/status/1', ['https://x.com/a/status/1']],
  ['aparat.com/v/x1y2Z', ['https://aparat.com/v/x1y2Z']],
  ['t.me/channel/12', ['https://t.me/channel/12']],
  ['fb.watch/abc', ['https://fb.watch/abc']],
  ['example.com', ['https://example.com']],
  ['example.com/a', ['https://example.com/a']],
  ['example.com:8443/a', ['https://example.com:8443/a']],
  ['example.com?x=1', ['https://example.com?x=1']],
  ['sub.example.co.uk/a', ['https://sub.example.co.uk/a']],
  ['varzesh3.ir', ['https://varzesh3.ir']],
  ['Example.COM/A', ['https://Example.COM/A']],
  [`youtu.be/dQw4w9WgXcQ ${A}`, [Y, A]],
  // No links
  ['', []],
  ['hello', []],
  ['سلام خوبی؟', []],
  ['1:20-2:45', []],
  ['main.py', []],
  ['index.ts and README.md', []],
  ['node.js', []],
  ['e.g. this', []],
  ['end.Next sentence', []],
  ['3.14', []],
  ['v1.2.3', []],
  ['10.0.0.1', []],
  ['me@example.com', []],
  ['first.last@youtube.com', []],
  ['@example.com', []],
  ['ftp://example.com/a', []],
  ['file:///etc/passwd', []],
  ['javascript:alert(1)', []],
  ['tg://resolve?domain=x', []],
  ['https://', []],
  ['http:///', []],
  ['https:// youtu be', []],
  ['/start', []],
  ['...', []],
];

/** What stands behind a link in its line → the part of the video. */
const CLIPS: [tail: string, clip: { start: number; end?: number } | undefined][] = [
  [' 1:20-2:45', { start: 80, end: 165 }],
  [' 80-165', { start: 80, end: 165 }],
  [' 1:02:03-1:05:00', { start: 3723, end: 3900 }],
  [' 0:05-0:10.5', { start: 5, end: 10.5 }],
  [' 1:20 - 2:45', { start: 80, end: 165 }],
  [' 1:20–2:45', { start: 80, end: 165 }],
  [' 1:20 — 2:45', { start: 80, end: 165 }],
  [' 1:20−2:45', { start: 80, end: 165 }],
  [' 1:20 to 2:45', { start: 80, end: 165 }],
  [' from 1:20 to 2:45', { start: 80, end: 165 }],
  [' clip 1:20-2:45', { start: 80, end: 165 }],
  [' (1:20-2:45)', { start: 80, end: 165 }],
  [' [1:20-2:45]', { start: 80, end: 165 }],
  [', 1:20-2:45', { start: 80, end: 165 }],
  [' : 1:20-2:45', { start: 80, end: 165 }],
  [' از 1:20 تا 2:45', { start: 80, end: 165 }],
  [' از ۱:۲۰ تا ۲:۴۵', { start: 80, end: 165 }],
  [' از ١:٢٠ تا ٢:٤٥', { start: 80, end: 165 }],
  [' ۱:۲۰-۲:۴۵', { start: 80, end: 165 }],
  [' ۱:۲۰ الی ۲:۴۵', { start: 80, end: 165 }],
  ['، از ۸۰ تا ۱۶۵', { start: 80, end: 165 }],
  [' برش ۱:۲۰ تا ۲:۴۵', { start: 80, end: 165 }],
  [`${ZWNJ} ۱:۲۰-۲:۴۵`, { start: 80, end: 165 }],
  [' \u200f۱:۲۰-۲:۴۵', { start: 80, end: 165 }],
  [' 1:20-2:45 please', { start: 80, end: 165 }],
  [' 80-165.', { start: 80, end: 165 }],
  [' 1:20-', { start: 80 }],
  [' from 1:20', { start: 80 }],
  [' از ۱:۲۰', { start: 80 }],
  [' از ۱:۲۰ به بعد', { start: 80 }],
  [' 2:45-1:20', { start: 165, end: 80 }],
  [' 2024-2025 final', undefined],
  [' 1:20', undefined],
  [' 80', undefined],
  [' watch 1:20-2:45', undefined],
  ['\n1:20-2:45', undefined],
  [' 1-0 win', undefined],
  [' 1:20-2:45x', undefined],
  [' -1:20', undefined],
];

describe('findLinks', () => {
  test('the corpus holds at least one hundred and fifty cases', () => {
    expect(FOUND.length + CLIPS.length).toBeGreaterThanOrEqual(150);
  });

  test.each(FOUND)('%j', (text, urls) => {
    expect(findLinks({ text })).toEqual(urls.map((url) => ({ url })));
  });

  test.each(CLIPS)('behind a link, %j', (tail, clip) => {
    expect(findLinks({ text: `${Y}${tail}` })[0]).toEqual(clip ? { url: Y, clip } : { url: Y });
  });

  test('a time inside the address is no clip', () => {
    expect(findLinks({ text: `${Y}?t=80&start=20` })).toEqual([{ url: `${Y}?t=80&start=20` }]);
  });

  test('each link of several keeps its own clip', () => {
    expect(findLinks({ text: `${Y} 1:20-2:45\n${A}\n${Y} 3:00-4:00` })).toEqual([
      { url: Y, clip: { start: 80, end: 165 } },
      { url: A },
      { url: Y, clip: { start: 180, end: 240 } },
    ]);
  });

  test('a link over 2048 characters is left out', () => {
    expect(findLinks({ text: `https://example.com/${'a'.repeat(2048)} ${Y}` })).toEqual([
      { url: Y },
    ]);
  });

  test('a text made to confuse the pattern is read to its end', () => {
    const text = `${'a.'.repeat(20_000)}${'('.repeat(20_000)} ${Y}`;
    expect(findLinks({ text })).toEqual([{ url: Y }]);
  });
});

describe("Telegram's entities", () => {
  const at = (text: string, part: string, type: string, url?: string) => ({
    type,
    offset: text.indexOf(part),
    length: part.length,
    ...(url === undefined ? {} : { url }),
  });

  test('a text link is found under any words', () => {
    const text = 'این ویدیو را ببین';
    expect(findLinks({ text, entities: [at(text, 'ویدیو', 'text_link', Y)] })).toEqual([
      { url: Y },
    ]);
  });

  test('offsets count UTF-16 units, so emoji before a link move nothing', () => {
    const text = `🎬🎬 ${Y} 1:20-2:45`;
    expect(findLinks({ text, entities: [at(text, Y, 'url')] })).toEqual([
      { url: Y, clip: { start: 80, end: 165 } },
    ]);
  });

  test('a text link whose words are another address means only where it leads', () => {
    const text = 'https://bank.example.com/login';
    expect(findLinks({ text, entities: [at(text, text, 'text_link', Y)] })).toEqual([{ url: Y }]);
  });

  test('marked and unmarked links come in the order they are read', () => {
    const text = `${A} here youtu.be/dQw4w9WgXcQ`;
    expect(
      findLinks({ text, entities: [at(text, 'here', 'text_link', 'https://example.org/')] }),
    ).toEqual([{ url: A }, { url: 'https://example.org/' }, { url: Y }]);
  });

  test('a marked link is cleaned like any other and what is cut off is read again', () => {
    const text = `${Y}،${A}`;
    expect(
      findLinks({ text, entities: [{ type: 'url', offset: 0, length: text.length }] }),
    ).toEqual([{ url: Y }, { url: A }]);
  });

  test('a marked bare address needs a known ending or a path', () => {
    const text = 'main.py files.museum/x';
    const entities = [at(text, 'main.py', 'url'), at(text, 'files.museum/x', 'url')];
    expect(findLinks({ text, entities })).toEqual([{ url: 'https://files.museum/x' }]);
  });

  test('mail addresses and mentions are not read as sites', () => {
    const text = 'me@sub.example.com @x.com';
    const entities = [at(text, 'me@sub.example.com', 'email'), at(text, '@x.com', 'mention')];
    expect(findLinks({ text, entities })).toEqual([]);
  });

  test('other schemes under a text link are no links', () => {
    const entities = [{ type: 'text_link', offset: 0, length: 4, url: 'tg://user?id=1' }];
    expect(findLinks({ text: 'here', entities })).toEqual([]);
  });

  test.each([
    { type: 'url', offset: 90, length: 5 },
    { type: 'url', offset: -3, length: 5 },
    { type: 'url', offset: 0, length: 0 },
    { type: 'text_link', offset: 0, length: 4 },
  ])('an entity that does not fit the text is ignored: %j', (entity) => {
    expect(findLinks({ text: `here ${Y}`, entities: [entity] })).toEqual([{ url: Y }]);
  });
});

describe('leadingClip', () => {
  test('reads the answer to the question for a range', () => {
    expect(leadingClip('۱:۲۰ تا ۲:۴۵')).toEqual({ start: 80, end: 165 });
    expect(leadingClip('whatever')).toBeUndefined();
  });
});
