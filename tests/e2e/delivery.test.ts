import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { VisibleMessage } from '../../node/sandbox/bot-api/visible.ts';
import { clips } from '../support/clips.ts';
import { isFaststart, probe } from '../support/probe.ts';
import { type Scene, startScene } from '../support/scene.ts';

const EMMA = 1001;
const ALI = { id: 1002, is_bot: false, first_name: 'علی', language_code: 'fa' };
const ERROR_ID = /\n\n(Error|خطای) \u2068[0-9a-f]{8}\u2069$/;

let scene: Scene;

/** A link of the site, and what came of it. */
async function ask(path: string, who: number | typeof ALI = EMMA) {
  const chat = typeof who === 'number' ? who : who.id;
  const { message_id } = scene.telegram.api.say(chat, who, `${scene.site.url}${path}`);
  return { chat, asked: message_id };
}

async function delivered(path: string, who = EMMA) {
  const { asked } = await ask(path, who);
  return { asked, got: await scene.delivery(who, asked, 60_000) };
}

/** The last words under a link that was not delivered. */
async function refusal(path: string, who: number | typeof ALI = EMMA): Promise<string> {
  const { chat, asked } = await ask(path, who);
  const { text } = await scene.telegram.api.waitFor(
    () => scene.answers(chat, asked).find((message) => ERROR_ID.test(message.text)),
    90_000,
  );
  expect(scene.answers(chat, asked)).toHaveLength(1);
  return text;
}

/** The call that sent what answers a message. */
const sending = (asked: number) =>
  scene.telegram.api.calls.find(
    ({ method, fields }) =>
      /^send(Video|Audio|Photo|Document|Animation)$/.test(method) &&
      String(fields.reply_parameters).includes(String(asked)),
  );

const fileOf = (got: VisibleMessage) => scene.telegram.api.fileOf(got.fileId ?? '').path;
const messageOf = (got: VisibleMessage) =>
  scene.telegram.api.messages(EMMA).find(({ message_id }) => message_id === got.id);

async function shaOf(name: string): Promise<string> {
  const bytes = await readFile(join(await clips(), name));
  return createHash('sha256').update(bytes).digest('hex');
}

describe('a link in, the file back', () => {
  beforeAll(async () => {
    scene = await startScene();
  });
  afterAll(() => scene?.close());

  it('delivers a direct file byte for byte, as a playable video', async () => {
    const { asked, got } = await delivered('/clip.mp4');
    expect(got).toMatchObject({ kind: 'video', sha256: await shaOf('clip.mp4') });
    const video = messageOf(got)?.video;
    expect(video).toMatchObject({ width: 1280, height: 720, duration: 6 });
    expect(video?.thumbnail?.width).toBeLessThanOrEqual(320);
    expect(video?.thumbnail?.file_size).toBeLessThan(200_000);
    expect(sending(asked)?.fields.supports_streaming).toBe('true');
  });

  it('finds the video of a web page and calls it by the title of the page', async () => {
    const { got } = await delivered('/page?file=small.mp4');
    expect(got).toMatchObject({ kind: 'video', sha256: await shaOf('small.mp4') });
    expect(got.text).toContain('ویدیوی آزمایشی');
  });

  it('follows a redirect to the file', async () => {
    const { got } = await delivered('/redirect?to=/small.mp4');
    expect(got.sha256).toBe(await shaOf('small.mp4'));
  });

  it('delivers the best rung of an HLS stream as one MP4', async () => {
    const { got } = await delivered('/hls/master.m3u8');
    expect(got.kind).toBe('video');
    expect(messageOf(got)?.video).toMatchObject({ width: 1280, height: 720, duration: 6 });
    const { codecs } = await probe(inject('ffmpeg').ffprobe, fileOf(got));
    expect(codecs).toEqual({ video: 'h264', audio: 'aac' });
    expect(await isFaststart(fileOf(got))).toBe(true);
  });

  it('joins the separate picture and sound of a DASH stream into one MP4', async () => {
    const { got } = await delivered('/dash/manifest.mpd');
    const { codecs, duration } = await probe(inject('ffmpeg').ffprobe, fileOf(got));
    expect(codecs).toEqual({ video: 'h264', audio: 'aac' });
    expect(duration).toBeCloseTo(6, 0);
    expect(await isFaststart(fileOf(got))).toBe(true);
  });

  it('delivers a song as music, with the title and the artist of its tags', async () => {
    const { got } = await delivered('/song.mp3');
    expect(got).toMatchObject({ kind: 'audio', sha256: await shaOf('song.mp3') });
    const audio = messageOf(got)?.audio;
    expect(audio).toMatchObject({ title: 'آهنگ', performer: 'Postchi', duration: 3 });
    expect(got.text).toContain('آهنگ');
  });

  it('delivers a picture as a photo', async () => {
    const { got } = await delivered('/picture.jpg');
    expect(got).toMatchObject({ kind: 'photo', sha256: await shaOf('picture.jpg') });
  });

  it('converts VP9, which phones do not play in a chat, into H.264', async () => {
    const { got } = await delivered('/clip.webm');
    expect(got.kind).toBe('video');
    const { codecs } = await probe(inject('ffmpeg').ffprobe, fileOf(got));
    expect(codecs).toEqual({ video: 'h264', audio: 'aac' });
    expect(await isFaststart(fileOf(got))).toBe(true);
  });

  it('delivers a video without sound as a video', async () => {
    const { got } = await delivered('/silent.mp4');
    expect(got.kind).toBe('video');
    expect((await probe(inject('ffmpeg').ffprobe, fileOf(got))).codecs).toEqual({ video: 'h264' });
  });

  it('shows a Persian title under the file and in its name', async () => {
    const { asked, got } = await delivered('/title/fa.mp4');
    expect(got.text).toContain('گربه‌ای که پیانو می‌نوازد');
    expect(sending(asked)?.uploads.map(({ name }) => name)).toContain(
      'گربه‌ای که پیانو می‌نوازد.mp4',
    );
  });

  it('shows a title made of HTML and path tricks as plain words, and names the file safely', async () => {
    const { asked, got } = await delivered('/title/html.mp4');
    expect(got.text).toContain('../../etc/passwd <b>bold</b> &amp; "quotes" %(id)s');
    // Telegram itself finds commands in any text; nothing else was made of it.
    const marks = (messageOf(got)?.caption_entities ?? []).map(({ type }) => type);
    expect(marks.filter((type) => type !== 'bot_command')).toEqual([]);
    const [file] = sending(asked)?.uploads.filter(({ field }) => field !== 'thumbnail') ?? [];
    expect(file?.name).toMatch(/^[^/\\<>"|:*?]+\.mp4$/);
    expect(readdirSync(scene.bot.dataDir)).not.toContain('etc');
    expect(existsSync(join(scene.bot.dataDir, 'jobs', 'etc'))).toBe(false);
  });

  it('leaves nothing of a job on the disk', async () => {
    await delivered('/silent.mp4');
    const jobs = join(scene.bot.dataDir, 'jobs');
    await scene.telegram.api.waitFor(() => readdirSync(jobs).length === 0);
  });

  it('shows progress in one message that is gone when the file is there', async () => {
    const watcher = 1003;
    const { asked, got } = await delivered('/slow.mp4?rate=1000000', watcher);
    await scene.telegram.api.waitFor(() => scene.answers(watcher, asked).length === 1);
    expect(scene.answers(watcher, asked)).toEqual([got]);
    const own = scene.telegram.api.calls.filter(
      ({ fields }) => String(fields.chat_id) === String(watcher),
    );
    const texts = own.filter(({ method }) => /Message(Text)?$/.test(method));
    expect(own.filter(({ method }) => method === 'sendMessage')).toHaveLength(1);
    expect(own.filter(({ method }) => method === 'deleteMessage')).toHaveLength(1);
    const shown = texts.map(({ fields }) => String(fields.text));
    expect(shown.some((text) => /[▰▱]{10} \d+%\n.+ of 4\.8 MB · .+\/s/.test(text))).toBe(true);
    expect(new Set(shown).size).toBe(shown.length);
  });

  it('tells the sizes when a file is larger than what can be sent, and uploads nothing', async () => {
    const text = await refusal('/large.mp4');
    expect(text).toMatch(/This is 2\.8 GB, and I can send up to 50 MB/);
    expect(scene.telegram.api.calls.flatMap(({ uploads }) => uploads)).not.toContainEqual(
      expect.objectContaining({ bytes: expect.toSatisfy((bytes: number) => bytes > 50_000_000) }),
    );
  });

  it('stops a file that hides its size as soon as it is too large', async () => {
    expect(await refusal('/nolength-large.mp4')).toMatch(/larger than the 50 MB I can send/);
  });

  it.each([
    ['a dead link', '/dead.mp4', /nothing at that address/],
    ['a link that is gone for good', '/gone', /removed/],
    ['a page without media', '/empty-page', /don't know how to get media/],
    ['a redirect loop', '/redirect-loop', /round in circles/],
  ])('explains %s in plain words', async (_, path, words) => {
    const text = await refusal(path);
    expect(text).toMatch(words);
    expect(text).not.toMatch(/ERROR|HTTP Error|yt-dlp|at .+:\d+|\/tmp|[0-9]+:[\w-]{20,}/);
  });

  it('explains in Persian to a person whose Telegram speaks Persian', async () => {
    const text = await refusal('/dead.mp4', ALI);
    expect(text).toMatch(/^در این نشانی چیزی نیست/);
    expect(text).toMatch(/خطای \u2068[0-9a-f]{8}\u2069$/);
  });

  it('writes the error id a person reads into its log', async () => {
    const [id] = /[0-9a-f]{8}/.exec(await refusal('/dead.mp4')) ?? [];
    expect(scene.bot.log.find(({ errorId }) => errorId === id)).toMatchObject({
      code: 'not_found',
    });
  });

  it('refuses an address inside a private network without asking it', async () => {
    const { message_id } = scene.telegram.api.say(EMMA, EMMA, 'http://192.168.1.1/video.mp4');
    const found = await scene.telegram.api.waitFor(() =>
      scene.answers(EMMA, message_id).find(({ text }) => ERROR_ID.test(text)),
    );
    expect(found.text).toMatch(/inside a private network/);
  });

  it('asks for a link when a message holds none', async () => {
    const asked = scene.say(EMMA, 'hello there');
    const answer = await scene.telegram.api.waitFor(() => scene.answers(EMMA, asked)[0]);
    expect(answer.text).toMatch(/don't see a link/);
  });

  it('tries again after a passing error of the site', async () => {
    const { got } = await delivered('/flaky.mp4?fails=1');
    expect(got.sha256).toBe(await shaOf('small.mp4'));
  });
});

describe('a server that stops sending', () => {
  beforeAll(async () => {
    scene = await startScene({ JOB_TIMEOUT_S: '10' });
  });
  afterAll(() => scene?.close());

  it('is given up at the wall time, with its processes and its connection', async () => {
    expect(await refusal('/stall.mp4')).toMatch(/took too long/);
    await scene.site.idle();
  });
});
