/** A web site whose every page, manifest and redirect leads to the address it is asked for. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CLIP, clips } from '../clips.ts';

export interface HostileSite {
  port: number;
  close(): Promise<void>;
}

type Maker = (to: string) => string;

const page = (body: string) => `<html><head><title>t</title></head><body>${body}</body></html>`;
const GOOD = '/good.mp4';
const video = (inner: string, more = '') => page(`<video src="${GOOD}" ${more}>${inner}</video>`);

/** HTML by the place in which the hostile address stands. */
export const PAGES: Record<string, Maker> = {
  src: (to) => page(`<video src="${to}"></video>`),
  source: (to) => page(`<video><source src="${to}" type="video/mp4"></video>`),
  audio: (to) => page(`<audio src="${to}"></audio>`),
  poster: (to) => video('', `poster="${to}"`),
  track: (to) => video(`<track kind="subtitles" srclang="en" src="${to}">`),
  base: (to) =>
    `<html><head><base href="${to}"></head><body><video src="x.mp4"></video></body></html>`,
  'og-video': (to) => page(`<meta property="og:video" content="${to}">`),
  'og-image': (to) =>
    page(`<meta property="og:image" content="${to}"><video src="${GOOD}"></video>`),
  'json-ld': (to) =>
    page(
      `<script type="application/ld+json">${JSON.stringify({ '@context': 'https://schema.org', '@type': 'VideoObject', name: 'x', contentUrl: to, thumbnailUrl: [to] })}</script>`,
    ),
  'embed-url': (to) =>
    page(
      `<script type="application/ld+json">${JSON.stringify({ '@context': 'https://schema.org', '@type': 'VideoObject', name: 'x', embedUrl: to })}</script>`,
    ),
  jwplayer: (to) =>
    page(
      `<script>jwplayer("x").setup({"file":"${to}","image":"${to}","tracks":[{"kind":"captions","label":"en","file":"${to}"}]});</script>`,
    ),
  twitter: (to) => page(`<meta name="twitter:player:stream" content="${to}">`),
  refresh: (to) => `<html><head><meta http-equiv="refresh" content="0; url=${to}"></head></html>`,
};

const m3u8 = (...lines: string[]) =>
  ['#EXTM3U', '#EXT-X-VERSION:6', '#EXT-X-TARGETDURATION:2', ...lines].join('\n');
const segments = (...uris: string[]) => [
  ...uris.flatMap((uri) => ['#EXTINF:2.0,', uri]),
  '#EXT-X-ENDLIST',
];
const RUNG = '#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=640x360,CODECS="avc1.4d401e,mp4a.40.2"';

/** HLS by the tag that holds the hostile address. */
export const HLS: Record<string, Maker> = {
  variant: (to) => m3u8(RUNG, to),
  segment: (to) => m3u8(...segments(to)),
  'second-segment': (to) => m3u8(...segments('/hls/0_000.ts', to)),
  key: (to) => m3u8(`#EXT-X-KEY:METHOD=AES-128,URI="${to}"`, ...segments('/hls/0_000.ts')),
  map: (to) => m3u8(`#EXT-X-MAP:URI="${to}"`, ...segments('/hls/0_000.ts')),
  byterange: (to) => m3u8('#EXT-X-BYTERANGE:100@0', ...segments(to)),
  'session-key': (to) => m3u8(`#EXT-X-SESSION-KEY:METHOD=AES-128,URI="${to}"`, RUNG, '/hls/0.m3u8'),
  audio: (to) =>
    m3u8(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="${to}"`,
      `${RUNG},AUDIO="a"`,
      '/hls/0.m3u8',
    ),
  subtitles: (to) =>
    m3u8(
      `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",LANGUAGE="en",URI="${to}"`,
      `${RUNG},SUBTITLES="s"`,
      '/hls/0.m3u8',
    ),
};

const mpd = (inner: string, head = '') =>
  `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S" profiles="urn:mpeg:dash:profile:isoff-live:2011">${head}<Period>${inner}</Period></MPD>`;
const rung = (inner: string, mime = 'video/mp4', codecs = 'codecs="avc1.4d401e"') =>
  `<AdaptationSet mimeType="${mime}"><Representation id="1" bandwidth="100000" ${codecs}>${inner}</Representation></AdaptationSet>`;

/** DASH by the element that holds the hostile address. */
export const DASH: Record<string, Maker> = {
  'base-url': (to) => mpd(rung(`<BaseURL>${to}</BaseURL>`)),
  'mpd-base-url': (to) => mpd(rung('<BaseURL>x.mp4</BaseURL>'), `<BaseURL>${to}</BaseURL>`),
  initialization: (to) =>
    mpd(
      rung(
        `<SegmentTemplate initialization="${to}" media="/good.mp4?$Number$" duration="2" startNumber="1"/>`,
      ),
    ),
  media: (to) =>
    mpd(rung(`<SegmentTemplate media="${to}?$Number$" duration="2" startNumber="1"/>`)),
  list: (to) => mpd(rung(`<SegmentList duration="2"><SegmentURL media="${to}"/></SegmentList>`)),
  text: (to) =>
    mpd(
      `${rung('<BaseURL>/good.mp4</BaseURL>')}<AdaptationSet mimeType="text/vtt" lang="en"><Representation id="s" bandwidth="1"><BaseURL>${to}</BaseURL></Representation></AdaptationSet>`,
    ),
  location: (to) => mpd(rung('<BaseURL>/good.mp4</BaseURL>'), `<Location>${to}</Location>`),
};

const MAKERS: Record<string, { of: Record<string, Maker>; type: string }> = {
  page: { of: PAGES, type: 'text/html' },
  hls: { of: HLS, type: 'application/vnd.apple.mpegurl' },
  dash: { of: DASH, type: 'application/dash+xml' },
  /** Text that calls itself a video: ffmpeg looks at the bytes, not at the name. */
  disguised: {
    of: { ...HLS, concat: (to) => `ffconcat version 1.0\nfile '${to}'\n` },
    type: 'video/mp4',
  },
};

/** `/redirect/CODE/HOPS?to=…`, `/page/PLACE?to=…`, `/hls/PLACE.m3u8?to=…`, `/dash/PLACE.mpd?to=…`. */
export async function startHostileSite(): Promise<HostileSite> {
  const dir = await clips();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://site.test');
    const [, kind = '', place = '', hops = '0'] = url.pathname.split('/');
    const to = url.searchParams.get('to') ?? '';
    if (kind === 'redirect') return redirect(response, Number(place), Number(hops), to);
    const make = to && MAKERS[kind]?.of[place.replace(/\.\w+$/, '')];
    if (make) return void say(response, make(to), MAKERS[kind]?.type ?? '');
    sendFile(response, join(dir, kind === 'hls' ? `hls/${place}` : CLIP.small));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function redirect(response: ServerResponse, code: number, hops: number, to: string): void {
  const next = hops > 0 ? `/redirect/${code}/${hops - 1}?to=${encodeURIComponent(to)}` : to;
  response.writeHead(code, { location: next }).end();
}

function say(response: ServerResponse, body: string, type: string): void {
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function sendFile(response: ServerResponse, path: string): void {
  const type = path.endsWith('.ts') ? 'video/mp2t' : 'video/mp4';
  createReadStream(path)
    .once('open', () => response.writeHead(200, { 'content-type': type }))
    .on('error', () => response.writeHead(404).end())
    .pipe(response);
}
