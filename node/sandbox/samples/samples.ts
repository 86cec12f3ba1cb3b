/** Links to try, and the small web site behind them. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { sendFile } from '../bot-api/send-file.ts';
import type { Clips } from './clips.ts';
import { RECIPES, type RecipeName } from './recipes.ts';
import { stalling, throttled, zeros } from './streams.ts';

export interface Sample {
  url: string;
  title: { en: string; fa: string };
  /** What happens when it is sent. */
  what: { en: string; fa: string };
  /** A drawing of the page's `glyphs.js`. */
  icon: string;
}

export interface SamplesOptions {
  /** Where the app is mounted under, e.g. `http://127.0.0.1:8080`. */
  baseUrl: string;
  clips: Clips;
  /** The too-large sample pretends to be twice this, in bytes. */
  maxUploadBytes: number;
}

/** Bytes per second of the slow sample. */
const SLOW = 300_000;

type Row = [path: string, icon: string, en: string, fa: string, whatEn: string, whatFa: string];
const LIST: readonly Row[] = [
  [
    'clip.mp4',
    'video',
    'A video file',
    'فایل ویدیو',
    'Ten seconds, straight from the server',
    'ده ثانیه، مستقیم از سرور',
  ],
  [
    'page.html',
    'page',
    'A web page with a video',
    'صفحهٔ وب با ویدیو',
    'Found inside the page, title in two languages',
    'داخل صفحه پیدا می‌شود',
  ],
  [
    'film.html',
    'page',
    'A film with subtitles',
    'فیلم با زیرنویس',
    'Press Other quality, then Subtitles',
    '«کیفیت دیگر» را بزنید و بعد «زیرنویس» را',
  ],
  [
    'hls/master.m3u8',
    'stream',
    'HLS stream',
    'پخش HLS',
    'Two qualities in small pieces, joined',
    'دو کیفیت، تکه‌تکه',
  ],
  [
    'dash/manifest.mpd',
    'parts',
    'DASH, sound and picture apart',
    'DASH با صدای جدا',
    'Merged by ffmpeg',
    'با ffmpeg یکی می‌شود',
  ],
  [
    'song.mp3',
    'song',
    'A song',
    'یک آهنگ',
    'Arrives with title and artist',
    'با نام و خواننده می‌رسد',
  ],
  ['picture.jpg', 'picture', 'A picture', 'یک عکس', 'Sent as a photo', 'به شکل عکس'],
  [
    'slow.mp4',
    'slow',
    'A slow server',
    'سرور کند',
    'Watch the progress bar move',
    'نوار پیشرفت را ببینید',
  ],
  [
    'too-large.mp4',
    'large',
    'Too large',
    'خیلی بزرگ',
    'Refused before the download starts',
    'پیش از دریافت رد می‌شود',
  ],
  ['dead.mp4', 'dead', 'A dead link', 'پیوند مرده', 'The server says 404', 'سرور می‌گوید ۴۰۴'],
  [
    'nothing.html',
    'empty',
    'A page without media',
    'صفحهٔ بی‌ویدیو',
    'Nothing to download here',
    'چیزی برای دریافت ندارد',
  ],
  [
    'stalled.mp4',
    'frozen',
    'A server that freezes',
    'سروری که یخ می‌زند',
    'Given up after a minute of silence',
    'پس از یک دقیقه سکوت رها می‌شود',
  ],
];

export function sampleList(baseUrl: string): Sample[] {
  return LIST.map(([path, icon, en, fa, whatEn, whatFa]) => ({
    url: `${baseUrl}/samples/${path}`,
    icon,
    title: { en, fa },
    what: { en: whatEn, fa: whatFa },
  }));
}

/** Serves `/samples/…`. */
export function samplesApp({ clips, maxUploadBytes, baseUrl }: SamplesOptions): Hono {
  const app = new Hono();
  const media = (path: string, name: RecipeName, type: string) =>
    app.get(`/samples/${path}`, (c) => sendClip(c, clips, name, RECIPES[name].main, type));
  media('clip.mp4', 'clip', 'video/mp4');
  media('lake.mp4', 'lake', 'video/mp4');
  media('song.mp3', 'song', 'audio/mpeg');
  media('picture.jpg', 'picture', 'image/jpeg');
  app.get('/samples/hls/:file', (c) => sendClip(c, clips, 'hls', c.req.param('file')));
  app.get('/samples/dash/:file', (c) => sendClip(c, clips, 'dash', c.req.param('file')));
  app.get('/samples/page.html', (c) => c.html(videoPage(baseUrl)));
  app.get('/samples/film.html', (c) => c.html(subtitledPage()));
  for (const [language, lines] of Object.entries(SUBTITLES)) {
    app.get(`/samples/${language}.vtt`, (c) =>
      c.body(lines, 200, { 'content-type': 'text/vtt; charset=utf-8' }),
    );
  }
  app.get('/samples/nothing.html', (c) => c.html(emptyPage()));
  app.get('/samples/slow.mp4', (c) => sendSlowly(c, clips));
  app.get('/samples/too-large.mp4', () => sized(zeros(maxUploadBytes * 2), maxUploadBytes * 2));
  app.get('/samples/stalled.mp4', () => sized(stalling(512 * 1024), 8 * 1024 * 1024));
  return app;
}

const TYPES: Record<string, string> = {
  m3u8: 'application/vnd.apple.mpegurl',
  ts: 'video/mp2t',
  mpd: 'application/dash+xml',
  m4s: 'video/iso.segment',
};

async function sendClip(
  c: Context,
  clips: Clips,
  name: RecipeName,
  file: string,
  type = TYPES[file.split('.').at(-1) ?? ''],
): Promise<Response> {
  if (!/^[\w.-]+$/.test(file)) return c.notFound();
  const path = join(await clips.folder(name), file);
  return sendFile(path, c.req.header('range'), {
    'content-type': type ?? 'application/octet-stream',
  });
}

async function sendSlowly(c: Context, clips: Clips): Promise<Response> {
  const path = join(await clips.folder('slow'), RECIPES.slow.main);
  const { size } = await stat(path);
  // A HEAD asks for no body: opening one would leave a reader behind.
  return c.req.method === 'HEAD' ? sized(null, size) : sized(throttled(path, SLOW), size);
}

function sized(body: ReadableStream | null, bytes: number): Response {
  const headers = { 'content-type': 'video/mp4', 'content-length': String(bytes) };
  return new Response(body, { headers });
}

const videoPage = (baseUrl: string) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>A walk by the lake · قدم‌زدن کنار دریاچه</title>
    <meta property="og:title" content="A walk by the lake · قدم‌زدن کنار دریاچه" />
    <meta property="og:type" content="video.other" />
    <meta property="og:video" content="${baseUrl}/samples/lake.mp4" />
    <meta property="og:image" content="${baseUrl}/samples/picture.jpg" />
  </head>
  <body>
    <h1>A walk by the lake · قدم‌زدن کنار دریاچه</h1>
    <video controls width="640" src="/samples/lake.mp4" poster="/samples/picture.jpg"></video>
  </body>
</html>`;

const SUBTITLES = {
  fa: 'WEBVTT\n\n00:00.500 --> 00:03.000\nباد از روی آب می‌گذرد.\n\n00:03.500 --> 00:06.000\nدیگر کسی اینجا نیست.\n',
  en: 'WEBVTT\n\n00:00.500 --> 00:03.000\nThe wind goes over the water.\n\n00:03.500 --> 00:06.000\nNobody is left here.\n',
};

const subtitledPage = () => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>The lake, with words · دریاچه، با زیرنویس</title>
  </head>
  <body>
    <video controls width="640" src="/samples/lake.mp4">
      <track kind="subtitles" srclang="fa" label="فارسی" src="/samples/fa.vtt" />
      <track kind="subtitles" srclang="en" label="English" src="/samples/en.vtt" />
    </video>
  </body>
</html>`;

const emptyPage = () => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Only words</title>
  </head>
  <body>
    <h1>Only words</h1>
    <p>This page has no video, no sound and no picture.</p>
  </body>
</html>`;
