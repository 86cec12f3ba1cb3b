/**
 * A web site on loopback with every kind of behaviour a real one shows.
 *
 * | route | does |
 * | --- | --- |
 * | `/clip.mp4` `/small.mp4` `/clip.webm` `/silent.mp4` `/song.mp3` `/picture.jpg` | the file, with Range |
 * | `/of/NAME/FILE` | the file, at a path of its own |
 * | `/called/ANYTHING` | a small video, whatever its address says |
 * | `/hls/master.m3u8`, `/dash/manifest.mpd` | two rungs; video and audio apart |
 * | `/page?file=` | a page with a video tag and a Persian title |
 * | `/two` | a page with two videos |
 * | `/feed.xml?n=&of=&bad=` | a feed of `n` episodes, a playlist to yt-dlp; entry `bad` is gone |
 * | `/pictures?n=&video=` | a page with pictures and, in a link only, a video |
 * | `/empty-page` | a page without media |
 * | `/title/fa.mp4`, `/title/html.mp4` | pages whose titles are Persian, or HTML with a path in it |
 * | `/slow.mp4?rate=` | bytes per second, 50 000 unless told |
 * | `/stall.mp4` | half the file, then silence |
 * | `/cut.mp4` | half the file, then the connection ends |
 * | `/large.mp4`, `/nolength-large.mp4` | 3 GB, with and without a Content-Length |
 * | `/huge.mp4?bytes=` | a video of that many bytes that plays |
 * | `/flaky.mp4?fails=` | 500 that many times, then the file |
 * | `/disguised.mp4?as=` | a playlist under a video's name that points to that address |
 * | `/redirect?to=`, `/redirect-loop` | |
 * | `/dead`, `/gone`, `/403`, `/429`, `/500` | that status |
 * | `/missing-fragment/master.m3u8` | HLS whose second fragment is missing |
 */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { CLIP, clips } from './clips.ts';

export interface OriginRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
}

export interface Origin {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  url: string;
  /** `127.0.0.1:PORT`, for `EGRESS_ALLOW`. */
  host: string;
  requests: OriginRequest[];
  /** Requests of a path so far, HEAD included. */
  count(path: string): number;
  /** Resolves when a path has been asked for that many times. */
  asked(path: string, times?: number): Promise<void>;
  /** Connections open now. */
  open(): number;
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
  /** Bytes per second of all static files; undefined lifts the brake. */
  throttle(bytesPerSecond: number | undefined): void;
  close(): Promise<void>;
}

const TYPES: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.m4s': 'video/iso.segment',
  '.webm': 'video/webm',
  '.mp3': 'audio/mpeg',
  '.jpg': 'image/jpeg',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mpd': 'application/dash+xml',
  '.ts': 'video/mp2t',
};
const LARGE = 3_000_000_000;

interface Context {
  dir: string;
  url: URL;
  base: string;
  request: IncomingMessage;
  response: ServerResponse;
  rate: number | undefined;
  counts: Map<string, number>;
}

type Route = (context: Context) => unknown;

function status(code: number, headers: Record<string, string> = {}): Route {
  return ({ response }) => response.writeHead(code, headers).end(`status ${code}`);
}

function html(title: string, body: string): Route {
  return ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      `<!doctype html><html><head><title>${title}</title></head><body>${body}</body></html>`,
    );
  };
}

const video = (file: string) => `<video src="${file}" type="video/mp4"></video>`;

/** Sends with a brake: `rate` bytes per second in ten steps a second. */
async function pour(
  { response, rate }: Pick<Context, 'response' | 'rate'>,
  source: AsyncIterable<Buffer>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const size = rate ? Math.max(1, Math.round(rate / 10)) : chunk.length;
      if (response.destroyed) return;
      // `AbortSignal` ends the wait when the other side hangs up.
      if (!response.write(chunk.subarray(at, at + size)))
        await once(response, 'drain', { signal: gone.signal }).catch(() => {});
      at += size;
      if (rate) await new Promise((done) => setTimeout(done, 100));
    }
  }
  response.end();
}

function range(
  header: string | undefined,
  size: number,
): { start: number; end: number } | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || (from === '' && to === '')) return undefined;
  if (from === '') return { start: Math.max(0, size - Number(to)), end: size - 1 };
  return { start: Number(from), end: to ? Math.min(Number(to), size - 1) : size - 1 };
}

async function file(context: Context, name: string): Promise<void> {
  const { dir, request, response } = context;
  const path = join(dir, normalize(`/${name}`));
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return void status(404)(context);
  const part = range(request.headers.range, found.size);
  if (part && part.start >= found.size) return void status(416)(context);
  const { start, end } = part ?? { start: 0, end: found.size - 1 };
  response.writeHead(part ? 206 : 200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
    ...(part ? { 'content-range': `bytes ${start}-${end}/${found.size}` } : {}),
  });
  if (request.method === 'HEAD') return void response.end();
  await pour(context, createReadStream(path, { start, end }));
}

/** Half of a clip under its full length, then whatever `then` does. */
async function half(context: Context, then: (response: ServerResponse) => void): Promise<void> {
  const path = join(context.dir, CLIP.mp4);
  const { size } = await stat(path);
  const { request, response } = context;
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': size });
  if (request.method === 'HEAD') return void response.end();
  for await (const chunk of createReadStream(path, { end: Math.floor(size / 2) })) {
    response.write(chunk);
  }
  then(response);
}

async function endless({ request, response, url }: Context): Promise<void> {
  const known = url.pathname === '/large.mp4';
  const length = known ? { 'content-length': LARGE } : {};
  response.writeHead(200, { 'content-type': 'video/mp4', ...length });
  if (request.method === 'HEAD') return void response.end();
  const zeros = Buffer.alloc(1 << 20);
  async function* bytes() {
    for (let sent = 0; sent < LARGE; sent += zeros.length) yield zeros;
  }
  await pour({ response, rate: undefined }, bytes());
}

/** A short video with a box after it that players skip. */
async function huge({ dir, request, response, url }: Context): Promise<void> {
  const size = Number(url.searchParams.get('bytes'));
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': size });
  if (request.method === 'HEAD') return void response.end();
  const clip = await readFile(join(dir, CLIP.mp4));
  const head = Buffer.from('\0\0\0\0free');
  head.writeUInt32BE(size - clip.length);
  const block = Buffer.alloc(1 << 20);
  async function* bytes() {
    yield Buffer.concat([clip, head]);
    for (let left = size - clip.length - head.length; left > 0; left -= block.length)
      yield block.subarray(0, left);
  }
  await pour({ response, rate: undefined }, bytes());
}

function missingFragment(context: Context): unknown {
  const { url, response } = context;
  const name = url.pathname.replace('/missing-fragment/', '');
  if (name !== 'master.m3u8')
    return name === '1_001.ts' ? status(404)(context) : file(context, `hls/${name}`);
  const fragments = ['1_000.ts', '1_001.ts', '1_002.ts'].map((part) => `#EXTINF:2.0,\n${part}\n`);
  response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' });
  response.end(
    `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n${fragments.join('')}#EXT-X-ENDLIST\n`,
  );
}

/** A podcast feed: yt-dlp's generic extractor reads it as a playlist of links. */
function feed({ url, base, response }: Context): void {
  const n = Number(url.searchParams.get('n') ?? 3);
  const of = url.searchParams.get('of') ?? '';
  const bad = Number(url.searchParams.get('bad') ?? 0);
  const items = Array.from({ length: n }, (_, at) => {
    const file = at + 1 === bad ? '/dead' : `/${CLIP.small}`;
    const enclosure = `<enclosure url="${base}${file}?of=${of}-${at + 1}" type="video/mp4"/>`;
    return `<item><title>Episode ${at + 1}</title>${enclosure}</item>`;
  });
  response.writeHead(200, { 'content-type': 'application/rss+xml; charset=utf-8' });
  response.end(
    `<?xml version="1.0"?><rss version="2.0"><channel><title>Evening stories</title>${items.join('')}</channel></rss>`,
  );
}

/** Pictures in a page; each is an address of its own. */
const pictures = (context: Context) => {
  const n = Number(context.url.searchParams.get('n') ?? 3);
  const tags = Array.from({ length: n }, (_, at) => `<img src="/${at + 1}/picture.jpg">`);
  // A link in the page: yt-dlp sees no video in it, gallery-dl a file of the post.
  if (context.url.searchParams.get('video')) tags.push(`<a href="/${CLIP.small}">a video</a>`);
  return html('Holiday pictures', tags.join(''))(context);
};

const ROUTES: Record<string, Route> = {
  '/page': (context) =>
    html(
      'ویدیوی آزمایشی',
      video(`/${context.url.searchParams.get('file') ?? CLIP.small}`),
    )(context),
  '/two': html('two videos', `${video(`/${CLIP.small}`)}<p>${video(`/${CLIP.silent}`)}`),
  '/empty-page': html('nothing here', '<p>words only</p>'),
  '/feed.xml': feed,
  '/pictures': pictures,
  '/title/fa.mp4': html('گربه‌ای که پیانو می‌نوازد', video(`/${CLIP.small}`)),
  '/title/html.mp4': html(
    '../../etc/passwd &lt;b&gt;bold&lt;/b&gt; &amp;amp; &quot;quotes&quot; %(id)s',
    video(`/${CLIP.small}`),
  ),
  '/slow.mp4': (context) =>
    file({ ...context, rate: Number(context.url.searchParams.get('rate') ?? 50_000) }, CLIP.mp4),
  '/stall.mp4': (context) => half(context, () => {}),
  '/cut.mp4': (context) => half(context, (response) => response.destroy()),
  '/large.mp4': endless,
  '/nolength-large.mp4': endless,
  '/huge.mp4': huge,
  '/disguised.mp4': ({ url, response }) => {
    response.writeHead(200, { 'content-type': 'video/mp4' });
    const lines = [
      '#EXTM3U',
      '#EXT-X-TARGETDURATION:9',
      '#EXTINF:9.0,',
      url.searchParams.get('as'),
    ];
    response.end([...lines, '#EXT-X-ENDLIST', ''].join('\n'));
  },
  '/flaky.mp4': (context) => {
    const fails = Number(context.url.searchParams.get('fails') ?? 1);
    const seen = context.counts.get('/flaky.mp4') ?? 0;
    return seen <= fails ? status(500)(context) : file(context, CLIP.small);
  },
  '/redirect': (context) =>
    status(302, { location: context.url.searchParams.get('to') ?? '/small.mp4' })(context),
  '/redirect-loop': status(302, { location: '/redirect-loop' }),
  '/dead': status(404),
  '/gone': status(410),
  '/403': status(403),
  '/429': status(429, { 'retry-after': '30' }),
  '/500': status(500),
};

async function answer(context: Context): Promise<void> {
  const { pathname } = context.url;
  if (pathname.startsWith('/missing-fragment/')) return void (await missingFragment(context));
  if (pathname.startsWith('/called/')) return void (await file(context, CLIP.small));
  if (pathname.startsWith('/of/'))
    return void (await file(context, pathname.split('/').slice(3).join('/')));
  if (/^\/\d+\/picture\.jpg$/.test(pathname)) return file(context, 'picture.jpg');
  const route = ROUTES[pathname];
  await (route ? route(context) : file(context, pathname));
}

/** Starts the site on a free port of 127.0.0.1. */
export async function startOrigin(): Promise<Origin> {
  const dir = await clips();
  const requests: OriginRequest[] = [];
  const counts = new Map<string, number>();
  const waiting: { path: string; times: number; done: () => void }[] = [];
  let rate: number | undefined;

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    requests.push({
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: request.headers,
    });
    const count = (counts.get(url.pathname) ?? 0) + 1;
    counts.set(url.pathname, count);
    for (const waiter of waiting)
      if (waiter.path === url.pathname && count >= waiter.times) waiter.done();
    answer({ dir, url, base, request, response, rate, counts }).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const base = `http://${host}`;
  let connections = 0;
  const idle: (() => void)[] = [];
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('close', () => {
      connections -= 1;
      if (connections === 0) for (const wake of idle.splice(0)) wake();
    });
  });

  return {
    url: base,
    host,
    requests,
    count: (path) => counts.get(path) ?? 0,
    asked: (path, times = 1) =>
      new Promise((done) => {
        if ((counts.get(path) ?? 0) >= times) done();
        else waiting.push({ path, times, done });
      }),
    open: () => connections,
    idle: () =>
      new Promise((done) => {
        if (connections === 0) done();
        else idle.push(done);
      }),
    throttle(bytesPerSecond) {
      rate = bytesPerSecond;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
