import { describe, expect, test } from 'vitest';
import { canonicalise } from '../../shared/canonical.ts';

const YT = 'youtube:dQw4w9WgXcQ';
const ID = 'dQw4w9WgXcQ';

/** Link → key. Everything under one key must be one thing. */
const SAME: [key: string, links: string[]][] = [
  [
    YT,
    [
      `https://www.youtube.com/watch?v=${ID}`,
      `https://youtu.be/${ID}`,
      `http://youtu.be/${ID}`,
      `https://youtu.be/${ID}/`,
      `https://youtu.be/${ID}?si=AbCdEf`,
      `https://youtu.be/${ID}?t=42`,
      `https://youtu.be/${ID}?list=PLabcdef&index=2`,
      `https://youtube.com/watch?v=${ID}`,
      `https://m.youtube.com/watch?v=${ID}`,
      `https://music.youtube.com/watch?v=${ID}&feature=share`,
      `https://www.youtube.com/watch?v=${ID}&t=1m20s`,
      `https://www.youtube.com/watch?v=${ID}&list=PLabcdef&index=7`,
      `https://www.youtube.com/watch?list=PLabcdef&v=${ID}`,
      `https://www.youtube.com/watch?app=desktop&v=${ID}`,
      `https://www.youtube.com/watch/?v=${ID}`,
      `https://www.youtube.com//watch?v=${ID}`,
      `https://www.youtube.com/watch?v=${ID}&pp=ygUE`,
      `https://www.youtube.com/watch?v=${ID}&ab_channel=Rick`,
      `https://www.youtube.com/watch?v=${ID}#t=30`,
      `https://www.youtube.com/watch?v=${ID}#__youtubedl_smuggle=%7B%22a%22%3A1%7D`,
      `HTTPS://WWW.YOUTUBE.COM/watch?v=${ID}`,
      `https://www.youtube.com./watch?v=${ID}`,
      `https://www.youtube.com:443/watch?v=${ID}`,
      `http://www.youtube.com:80/watch?v=${ID}`,
      `  https://youtu.be/${ID}  `,
      `https://www.youtube.com/shorts/${ID}`,
      `https://youtube.com/shorts/${ID}?feature=share`,
      `https://m.youtube.com/shorts/${ID}`,
      `https://www.youtube.com/live/${ID}?si=x`,
      `https://www.youtube.com/embed/${ID}?autoplay=1`,
      `https://www.youtube-nocookie.com/embed/${ID}`,
      `https://www.youtube.com/v/${ID}`,
      `https://www.youtube.com/e/${ID}`,
    ],
  ],
  [
    'youtube:list/PLabcdef',
    [
      'https://www.youtube.com/playlist?list=PLabcdef',
      'https://youtube.com/playlist?list=PLabcdef&si=xyz',
      'https://music.youtube.com/playlist?list=PLabcdef',
      'https://m.youtube.com/playlist?list=PLabcdef&feature=share',
      'https://www.youtube.com/embed/videoseries?list=PLabcdef',
    ],
  ],
  [
    'youtube:@postchi',
    [
      'https://www.youtube.com/@postchi',
      'https://www.youtube.com/@postchi/videos',
      'https://m.youtube.com/@postchi/shorts?si=1',
      'https://youtube.com/@postchi/featured/',
    ],
  ],
  [
    'youtube:channel/UCabc',
    ['https://www.youtube.com/channel/UCabc', 'https://www.youtube.com/channel/UCabc/streams'],
  ],
  [
    'youtube:clip/UgkxAbc',
    ['https://www.youtube.com/clip/UgkxAbc', 'https://youtube.com/clip/UgkxAbc?si=1'],
  ],
  [
    'instagram:C1a_b-2',
    [
      'https://www.instagram.com/p/C1a_b-2/',
      'https://www.instagram.com/p/C1a_b-2',
      'https://instagram.com/p/C1a_b-2/?igsh=MTIz',
      'https://www.instagram.com/p/C1a_b-2/?igshid=abc&utm_source=ig_web_copy_link',
      'https://www.instagram.com/p/C1a_b-2/?img_index=3',
      'https://www.instagram.com/reel/C1a_b-2/',
      'https://www.instagram.com/reels/C1a_b-2/',
      'https://www.instagram.com/tv/C1a_b-2/',
      'https://m.instagram.com/reel/C1a_b-2/',
      'https://www.instagram.com/some.user/reel/C1a_b-2/',
      'https://www.instagram.com/some.user/p/C1a_b-2/?hl=fa',
      'https://instagr.am/p/C1a_b-2/',
      'https://www.ddinstagram.com/reel/C1a_b-2/',
      'https://www.instagram.com/p/C1a_b-2/embed/',
      'https://www.instagram.com/p/C1a_b-2/embed/captioned/',
    ],
  ],
  ['instagram:story/31415926', ['https://www.instagram.com/stories/some.user/31415926/?igsh=x']],
  [
    'instagram:user/some.user',
    [
      'https://www.instagram.com/some.user/',
      'https://instagram.com/some.user?igsh=1',
      'https://www.instagram.com/some.user/reels/',
    ],
  ],
  [
    'url:https://www.instagram.com/share/reel/BAabc',
    ['https://www.instagram.com/share/reel/BAabc?igsh=1'],
  ],
  [
    'url:https://www.instagram.com/share/p/BAabc',
    ['https://www.instagram.com/share/p/BAabc?igsh=1'],
  ],
  [
    'tiktok:7301234567890123456',
    [
      'https://www.tiktok.com/@some.user/video/7301234567890123456',
      'https://tiktok.com/@some.user/video/7301234567890123456',
      'https://m.tiktok.com/@some.user/video/7301234567890123456?_r=1&_t=8abc',
      'https://www.tiktok.com/@some.user/video/7301234567890123456?is_from_webapp=1&sender_device=pc',
      'https://m.tiktok.com/v/7301234567890123456.html?u_code=1',
      'https://www.tiktok.com/embed/v2/7301234567890123456',
      'https://www.tiktok.com/embed/7301234567890123456',
      'https://www.tiktok.com/player/v1/7301234567890123456',
      'https://www.tiktok.com/@/video/7301234567890123456',
      'https://www.tiktok.com/share/video/7301234567890123456/',
    ],
  ],
  [
    'tiktok:7309999999999999999',
    ['https://www.tiktok.com/@some.user/photo/7309999999999999999?_r=1'],
  ],
  [
    'url:https://vm.tiktok.com/ZMabc/',
    ['https://vm.tiktok.com/ZMabc/', 'https://vm.tiktok.com/ZMabc/?_t=1&_r=1'],
  ],
  [
    'url:https://vt.tiktok.com/ZSabc/',
    ['https://vt.tiktok.com/ZSabc/?k=', 'https://vt.tiktok.com/ZSabc/'].slice(1),
  ],
  [
    'tiktok:@some.user',
    ['https://www.tiktok.com/@some.user', 'https://www.tiktok.com/@some.user?lang=en'],
  ],
  [
    'x:1700000000000000001',
    [
      'https://x.com/someone/status/1700000000000000001',
      'https://twitter.com/someone/status/1700000000000000001',
      'https://mobile.twitter.com/someone/status/1700000000000000001',
      'https://mobile.x.com/someone/status/1700000000000000001',
      'https://www.x.com/someone/status/1700000000000000001?s=20',
      'https://x.com/someone/status/1700000000000000001?t=AbC&s=46',
      'https://x.com/i/status/1700000000000000001',
      'https://x.com/i/web/status/1700000000000000001',
      'https://twitter.com/statuses/1700000000000000001',
      'https://fxtwitter.com/someone/status/1700000000000000001',
      'https://vxtwitter.com/someone/status/1700000000000000001',
      'https://fixupx.com/someone/status/1700000000000000001',
      'https://x.com/someone/status/1700000000000000001/photo/1',
      'https://x.com/someone/status/1700000000000000001/video/1',
      'https://twitter.com/someone/status/1700000000000000001?ref_src=twsrc%5Etfw',
    ],
  ],
  ['x:1700000000000000001/video/2', ['https://x.com/someone/status/1700000000000000001/video/2']],
  [
    'x:spaces/1eaJbrAPnBVJX',
    ['https://x.com/i/spaces/1eaJbrAPnBVJX?s=20', 'https://twitter.com/i/spaces/1eaJbrAPnBVJX'],
  ],
  [
    'facebook:1234567890',
    [
      'https://www.facebook.com/watch/?v=1234567890',
      'https://www.facebook.com/watch?v=1234567890&mibextid=x',
      'https://m.facebook.com/watch/?v=1234567890',
      'https://fb.com/watch/?v=1234567890',
      'https://www.facebook.com/reel/1234567890',
      'https://www.facebook.com/reel/1234567890/?s=single_unit',
      'https://www.facebook.com/some.page/videos/1234567890/',
      'https://www.facebook.com/some.page/videos/a-title/1234567890/?locale=fa_IR',
      'https://www.facebook.com/video.php?v=1234567890',
      'https://web.facebook.com/watch/live/?v=1234567890&ref=watch_permalink',
    ],
  ],
  [
    'url:https://fb.watch/abCd1234/',
    ['https://fb.watch/abCd1234/', 'https://fb.watch/abCd1234/?mibextid=2'],
  ],
  [
    'url:https://www.facebook.com/share/v/1AbC/',
    ['https://www.facebook.com/share/v/1AbC/?mibextid=x'],
  ],
  [
    'reddit:1abcd2',
    [
      'https://www.reddit.com/r/videos/comments/1abcd2/a_title/',
      'https://old.reddit.com/r/videos/comments/1abcd2/a_title/',
      'https://np.reddit.com/r/videos/comments/1abcd2/',
      'https://new.reddit.com/r/videos/comments/1abcd2',
      'https://reddit.com/comments/1abcd2',
      'https://www.reddit.com/user/somebody/comments/1abcd2/a_title/',
      'https://www.reddit.com/r/videos/comments/1abcd2/a_title/?utm_source=share&utm_medium=web2x',
      'https://www.reddit.com/r/videos/comments/1abcd2/a_title/kx1y2z3/?context=3',
      'https://www.reddit.com/gallery/1abcd2',
      'https://redd.it/1abcd2',
    ],
  ],
  [
    'url:https://www.reddit.com/r/videos/s/AbCdEf',
    ['https://www.reddit.com/r/videos/s/AbCdEf?share_id=x'],
  ],
  ['url:https://v.redd.it/abcdef123', ['https://v.redd.it/abcdef123']],
  [
    'vimeo:76979871',
    [
      'https://vimeo.com/76979871',
      'https://www.vimeo.com/76979871?share=copy',
      'https://player.vimeo.com/video/76979871',
      'https://vimeo.com/channels/staffpicks/76979871',
      'https://vimeo.com/groups/shortfilms/videos/76979871',
      'https://vimeo.com/76979871#t=10s',
    ],
  ],
  [
    'vimeo:76979871/abcdef0123',
    [
      'https://vimeo.com/76979871/abcdef0123',
      'https://player.vimeo.com/video/76979871?h=abcdef0123&app_id=1',
    ],
  ],
  [
    'soundcloud:some-artist/some-song',
    [
      'https://soundcloud.com/some-artist/some-song',
      'https://m.soundcloud.com/some-artist/some-song?si=1',
      'https://www.soundcloud.com/some-artist/some-song?in=a/sets/b',
      'https://soundcloud.com/some-artist/some-song?utm_source=clipboard',
    ],
  ],
  [
    'soundcloud:some-artist/some-song/s-AbC',
    ['https://soundcloud.com/some-artist/some-song/s-AbC?si=1'],
  ],
  [
    'soundcloud:some-artist/sets/some-album',
    ['https://soundcloud.com/some-artist/sets/some-album?si=1'],
  ],
  ['soundcloud:some-artist', ['https://soundcloud.com/some-artist']],
  ['url:https://on.soundcloud.com/AbCdE', ['https://on.soundcloud.com/AbCdE']],
  [
    'twitch:clip/FunnyClip-abc_1',
    [
      'https://clips.twitch.tv/FunnyClip-abc_1',
      'https://www.twitch.tv/someone/clip/FunnyClip-abc_1?filter=clips',
      'https://m.twitch.tv/someone/clip/FunnyClip-abc_1',
      'https://clips.twitch.tv/embed?clip=FunnyClip-abc_1&parent=x',
    ],
  ],
  [
    'twitch:video/123456789',
    [
      'https://www.twitch.tv/videos/123456789?t=1h2m',
      'https://m.twitch.tv/videos/123456789',
      'https://www.twitch.tv/someone/v/123456789',
    ],
  ],
  [
    'pinterest:123456789012',
    [
      'https://www.pinterest.com/pin/123456789012/',
      'https://pinterest.com/pin/a-nice-title--123456789012/',
      'https://de.pinterest.com/pin/123456789012/?mt=login',
      'https://www.pinterest.co.uk/pin/123456789012/',
      'https://www.pinterest.com/pin/123456789012/sent/?invite_code=x&sender=1',
    ],
  ],
  ['url:https://pin.it/AbCd12', ['https://pin.it/AbCd12']],
  [
    'dailymotion:x8abcd1',
    [
      'https://www.dailymotion.com/video/x8abcd1',
      'https://dai.ly/x8abcd1',
      'https://www.dailymotion.com/embed/video/x8abcd1',
      'https://www.dailymotion.com/video/x8abcd1_a-title_news?start=3',
      'https://geo.dailymotion.com/player/xa1b2.html?video=x8abcd1',
      'https://geo.dailymotion.com/player.html?video=x8abcd1',
    ],
  ],
  [
    'aparat:x1y2Z',
    [
      'https://www.aparat.com/v/x1y2Z',
      'https://aparat.com/v/x1y2Z',
      'https://www.aparat.com/v/x1y2Z/a_title',
      'https://www.aparat.com/v/x1y2Z?playlist=123',
      'https://m.aparat.com/v/x1y2Z',
      'https://www.aparat.com/video/video/embed/videohash/x1y2Z/vt/frame',
      'https://www.aparat.com/video/video/embed/vt/frame/showvideo/yes/videohash/x1y2Z',
      `https://www.aparat.com/v/x1y2Z/${encodeURIComponent('عنوان')}`,
    ],
  ],
  ['aparat:list/123', ['https://www.aparat.com/playlist/123']],
  [
    'namasha:AbCd12',
    [
      'https://www.namasha.com/v/AbCd12',
      'https://namasha.com/v/AbCd12/some-title',
      'https://www.namasha.com/embed/AbCd12',
    ],
  ],
  [
    'bilibili:BV1xx411c7mD',
    [
      'https://www.bilibili.com/video/BV1xx411c7mD',
      'https://www.bilibili.com/video/BV1xx411c7mD/?spm_id_from=333',
      'https://m.bilibili.com/video/BV1xx411c7mD?p=1&vd_source=x',
      'https://bilibili.com/s/video/BV1xx411c7mD',
    ],
  ],
  ['bilibili:BV1xx411c7mD/p3', ['https://www.bilibili.com/video/BV1xx411c7mD?p=3&vd_source=x']],
  ['url:https://b23.tv/AbCdE', ['https://b23.tv/AbCdE']],
  [
    'threads:DAbc_-1',
    [
      'https://www.threads.net/@some.user/post/DAbc_-1?xmt=1',
      'https://www.threads.com/@some.user/post/DAbc_-1',
      'https://www.threads.net/t/DAbc_-1',
    ],
  ],
  [
    'bluesky:a.bsky.social/3kabc',
    [
      'https://bsky.app/profile/a.bsky.social/post/3kabc',
      'https://fxbsky.app/profile/a.bsky.social/post/3kabc',
    ],
  ],
  [
    'vk:-12_345',
    [
      'https://vk.com/video-12_345',
      'https://vkvideo.ru/video-12_345',
      'https://vk.com/wall?z=video-12_345%2Fabc',
      'https://vk.com/video_ext.php?oid=-12&id=345&hash=1',
      'https://vk.com/clip-12_345',
      'https://m.vk.com/video-12_345?list=x',
    ],
  ],
  [
    'rutube:0123456789abcdef0123456789abcdef',
    [
      'https://rutube.ru/video/0123456789abcdef0123456789abcdef/?r=wd',
      'https://rutube.ru/play/embed/0123456789abcdef0123456789abcdef',
    ],
  ],
  [
    'streamable:abc12',
    ['https://streamable.com/abc12', 'https://streamable.com/e/abc12?autoplay=1'],
  ],
  ['ninegag:aAbBcC1', ['https://9gag.com/gag/aAbBcC1?utm_source=copy_link']],
  [
    'imgur:AbCdE12',
    [
      'https://imgur.com/a/AbCdE12',
      'https://imgur.com/gallery/some-title-AbCdE12',
      'https://m.imgur.com/a/AbCdE12',
    ],
  ],
  ['coub:2abc1', ['https://coub.com/view/2abc1', 'https://coub.com/embed/2abc1?muted=true']],
  // Sites without a row: tracking goes, the rest stays as written and in order.
  [
    'url:https://example.com/',
    [
      'https://example.com',
      'https://example.com/',
      'https://EXAMPLE.com/#top',
      'https://example.com./',
      'https://example.com:443',
      'https://example.com/?utm_source=a&utm_medium=b',
      'https://example.com/?fbclid=1&gclid=2&_ga=3',
      'https://example.com?',
    ],
  ],
  [
    'url:https://example.com/a?b=2&a=1',
    [
      'https://example.com/a?b=2&a=1',
      'https://example.com/a?utm_campaign=x&b=2&a=1',
      'https://example.com/a?b=2&fbclid=IwAR&a=1',
      'https://example.com/a?b=2&&a=1&',
    ],
  ],
  [
    'url:https://example.com/a?q=%20x+y%2F&sig=AbC%3d',
    [
      'https://example.com/a?q=%20x+y%2F&sig=AbC%3d',
      'https://example.com/a?q=%20x+y%2F&utm%5Fsource=z&sig=AbC%3d',
    ],
  ],
  [
    'url:https://example.com/a?t=10&s=5&feature=x&si=y&v=1',
    ['https://example.com/a?t=10&s=5&feature=x&si=y&v=1'],
  ],
  [
    'url:https://example.com/b',
    ['https://example.com/a/../b', 'https://example.com/./b', 'https://example.com/a/%2e%2e/b'],
  ],
  [
    'url:http://example.com:8080/v.mp4',
    ['http://example.com:8080/v.mp4', 'http://example.com:8080/v.mp4#t=3'],
  ],
  [
    'url:http://127.0.0.1/',
    [
      'http://127.0.0.1',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0177.0.0.1/',
      'http://127.1/',
      'http://１２７.0.0.1/',
    ],
  ],
  ['url:http://127.0.0.1:8080/v.mp4', ['http://127.0.0.1:8080/v.mp4']],
  ['url:http://localhost:3000/x', ['http://localhost:3000/x', 'http://LOCALHOST:3000/x']],
  ['url:http://[::1]:8080/', ['http://[::1]:8080', 'http://[0:0:0:0:0:0:0:1]:8080/']],
  [
    'url:https://xn--mgba3a4f16a.example/',
    ['https://ایران.example/', 'https://xn--mgba3a4f16a.example'],
  ],
  ['url:https://example.com/%D8%A7', ['https://example.com/ا', 'https://example.com/%D8%A7']],
  ['url:https://notyoutube.com/watch?v=dQw4w9WgXcQ', [`https://notyoutube.com/watch?v=${ID}`]],
  [
    'url:https://youtube.com.example.org/watch?v=dQw4w9WgXcQ',
    [`https://youtube.com.example.org/watch?v=${ID}`],
  ],
];

const REFUSED: [link: string, code: string][] = [
  ['', 'bad_link'],
  ['hello', 'bad_link'],
  ['youtu.be/dQw4w9WgXcQ', 'bad_link'],
  ['ftp://example.com/x', 'bad_link'],
  ['file:///etc/passwd', 'bad_link'],
  ['javascript:alert(1)', 'bad_link'],
  ['data:text/html,x', 'bad_link'],
  ['ytsearch:cats', 'bad_link'],
  ['--exec=id', 'bad_link'],
  ['http://', 'bad_link'],
  ['http:///example.com', 'bad_link'],
  ['http:example.com', 'bad_link'],
  ['https:/example.com', 'bad_link'],
  ['http://user@example.com/', 'bad_link'],
  ['http://user:pass@example.com/', 'bad_link'],
  ['http://@example.com/', 'bad_link'],
  ['http://:@example.com/', 'bad_link'],
  ['https://example.com\\@evil.example/', 'bad_link'],
  ['http:\\\\example.com\\x', 'bad_link'],
  ['https://example.com/a b', 'bad_link'],
  ['https://exam\tple.com/', 'bad_link'],
  ['https://example.com/\n--exec', 'bad_link'],
  ['https://example.com/\u0000', 'bad_link'],
  ['https://example..com/', 'bad_link'],
  ['https://.example.com/', 'bad_link'],
  ['https://example.com../', 'bad_link'],
  ['https://./', 'bad_link'],
  ['https://exa<mple.com/', 'bad_link'],
  ['https://example.com:99999/', 'bad_link'],
  ['https://256.256.256.256/', 'bad_link'],
  ['https://[::1/', 'bad_link'],
  [`https://example.com/${'a'.repeat(2048)}`, 'bad_link'],
  [`https://example.com/${'ا'.repeat(600)}`, 'bad_link'],
  ['https://t.me/channel/12', 'unsupported_link'],
  ['https://telegram.me/channel', 'unsupported_link'],
  ['https://channel.t.me/12', 'unsupported_link'],
];

const SITE: [link: string, site: string][] = [
  ['https://www.youtube.com/feed/trending', 'youtube'],
  ['https://vm.tiktok.com/ZMabc/', 'tiktok'],
  ['https://fb.watch/abc/', 'facebook'],
  ['https://cdn.media.example.com/x', 'example.com'],
  ['https://www.bbc.co.uk/news', 'bbc.co.uk'],
  ['https://a.b.ac.ir/x', 'b.ac.ir'],
  ['https://sub.varzesh3.ir/x', 'varzesh3.ir'],
  ['http://127.0.0.1:8080/x', '127.0.0.1:8080'],
  ['http://localhost/x', 'localhost'],
  ['http://[::1]/x', '[::1]'],
];

describe('canonicalise', () => {
  const cases = SAME.flatMap(([key, links]) => links.map((link) => [link, key] as const));

  test('the corpus holds at least two hundred links', () => {
    expect(cases.length + REFUSED.length + SITE.length).toBeGreaterThanOrEqual(200);
  });

  test.each(cases)('%s is %s', (link, key) => {
    expect(canonicalise(link)).toMatchObject({ ok: true, key });
  });

  test.each(cases)('the address chosen for %s has the same key again', (link, key) => {
    const first = canonicalise(link);
    expect(first.ok && canonicalise(first.url)).toMatchObject({ ok: true, key });
  });

  test.each(REFUSED)('%j is refused as %s', (link, code) => {
    expect(canonicalise(link)).toEqual({ ok: false, code });
  });

  test.each(SITE)('%s counts for %s', (link, site) => {
    expect(canonicalise(link)).toMatchObject({ ok: true, site });
  });

  test('lists, channels and profiles are told from single videos', () => {
    const list = (link: string) => {
      const found = canonicalise(link);
      return found.ok && found.list;
    };
    expect(list('https://www.youtube.com/playlist?list=PLabcdef')).toBe(true);
    expect(list('https://www.youtube.com/@postchi')).toBe(true);
    expect(list('https://www.instagram.com/some.user/')).toBe(true);
    expect(list('https://soundcloud.com/a/sets/b')).toBe(true);
    expect(list(`https://www.youtube.com/watch?v=${ID}&list=PLabcdef`)).toBe(false);
    expect(list('https://example.com/playlist?list=1')).toBe(false);
  });

  test('a fetched address never keeps a fragment, credentials or whitespace', () => {
    for (const [link] of cases) {
      const found = canonicalise(link);
      expect(found.ok && found.url).toMatch(/^https?:\/\/[^\s#@\\]+(?:\/[^\s#\\]*)?$|\/@/);
    }
  });
});
