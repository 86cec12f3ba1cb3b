import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MediaFile, MediaKind, SentFile } from '../../../node/media/media.ts';
import { albums } from '../../../node/telegram/albums.ts';
import { createOutbox } from '../../../node/telegram/outbox.ts';
import { type MediaTarget, sendMedia } from '../../../node/telegram/send-media.ts';
import { createTelegram, type Telegram } from '../../../node/telegram/transport.ts';
import { ok, parts, type Stub, startStub } from './stub-server.ts';

let stub: Stub;
let api: Telegram;
let dir: string;

beforeEach(async () => {
  stub = await startStub();
  dir = await mkdtemp(join(tmpdir(), 'postchi-send-'));
  const log = pino({ level: 'silent' });
  api = createTelegram({ token: '1:t', apiRoot: stub.root, log, outbox: createOutbox({ log }) });
});
afterEach(async () => {
  await api.close();
  await stub.close();
  await rm(dir, { recursive: true });
});

async function local(name: string, kind: MediaKind, more: Partial<MediaFile> = {}) {
  const path = join(dir, name);
  await writeFile(path, 'x'.repeat(1000));
  return { path, kind, bytes: 1000, fileName: `shown-${name}`, ...more } satisfies MediaFile;
}
const held = (kind: MediaKind): SentFile => ({
  kind,
  fileId: `id-${kind}`,
  bytes: 9,
  fileName: 'f',
});
const target = (more: Partial<MediaTarget> = {}): MediaTarget => ({
  chat: { id: 5, type: 'private' },
  ...more,
});
const message = (message_id: number, media: object) => ({
  ...{ message_id, date: 1, chat: { id: 5, type: 'private' } },
  ...media,
});
const formOf = async (at = 0) => {
  const taken = stub.taken[at];
  if (!taken) throw new Error('nothing was sent');
  return Object.fromEntries(await parts(taken)) as Record<string, string>;
};

describe('one file', () => {
  it('sends a video with everything a player shows', async () => {
    stub.reply = ok(message(7, { video: { file_id: 'V', width: 64, height: 36, duration: 3 } }));
    const thumbnail = (await local('t.jpg', 'photo')).path;
    const about = { width: 640, height: 360, duration: 3, thumbnail, title: 'T' };
    const done = await sendMedia(
      api,
      target({
        ...{ chat: { id: -5, type: 'supergroup', threadId: 4, businessConnectionId: 'b' } },
        ...{ replyTo: 3, caption: '<b>c</b>', keyboard: [[{ text: 'A', callback_data: 'a' }]] },
      }),
      [await local('1.mp4', 'video', about)],
    );
    expect(stub.taken[0]?.method).toBe('sendVideo');
    expect(await formOf()).toMatchObject({
      ...{ chat_id: '-5', message_thread_id: '4', business_connection_id: 'b' },
      reply_parameters: '{"message_id":3,"allow_sending_without_reply":true}',
      ...{ caption: '<b>c</b>', supports_streaming: 'true' },
      ...{ width: '640', height: '360', duration: '3', video: 'attach://f0' },
      thumbnail: 'attach://f1',
      reply_markup: '{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}',
    });
    expect(done).toMatchObject({ messages: [7], buttonsLeft: false });
    expect(done.sent).toMatchObject([{ kind: 'video', fileId: 'V', bytes: 1000, title: 'T' }]);
  });

  it('sends a song with title and performer', async () => {
    stub.reply = ok(message(7, { audio: { file_id: 'A', duration: 3 } }));
    await sendMedia(api, target(), [
      await local('1.mp3', 'audio', { title: 'T', performer: 'P', duration: 3 }),
    ]);
    expect(await formOf()).toMatchObject({ title: 'T', performer: 'P', duration: '3' });
  });

  it.each([
    ['photo', 'sendPhoto', { photo: [{ file_id: 'small' }, { file_id: 'X' }] }],
    ['animation', 'sendAnimation', { animation: { file_id: 'X' }, document: { file_id: 'D' } }],
    ['document', 'sendDocument', { document: { file_id: 'X' } }],
  ] as const)('sends a %s with %s', async (kind, method, answer) => {
    stub.reply = ok(message(7, answer));
    const { sent } = await sendMedia(api, target(), [await local('1.bin', kind)]);
    expect(stub.taken[0]?.method).toBe(method);
    expect(sent).toMatchObject([{ kind, fileId: 'X' }]);
  });

  it('keeps what Telegram made of it, not what was sent', async () => {
    stub.reply = ok(message(7, { animation: { file_id: 'N' }, document: { file_id: 'N' } }));
    const { sent } = await sendMedia(api, target(), [await local('1.mp4', 'video')]);
    expect(sent).toMatchObject([{ kind: 'animation', fileId: 'N' }]);
  });

  it('sends by file id without a byte of the file', async () => {
    stub.reply = ok(message(7, { video: { file_id: 'V2' } }));
    let last = 0;
    await sendMedia(api, target({ onLastByte: () => void last++ }), [held('video')]);
    expect(JSON.parse(String(stub.taken[0]?.body))).toMatchObject({ video: 'id-video' });
    expect(last).toBe(1);
  });
});

describe('several files', () => {
  const kinds = (text: string) =>
    [...text].map((letter) => {
      const names = { p: 'photo', v: 'video', a: 'audio', d: 'document', g: 'animation' } as const;
      return { kind: names[letter as keyof typeof names] };
    });
  const letters = (groups: { kind: MediaKind }[][]) =>
    groups.map((group) => group.map(({ kind }) => (kind === 'animation' ? 'g' : kind[0])).join(''));

  it.each([
    ['pvp', ['pvp']],
    ['pdd', ['p', 'dd']],
    ['aad', ['aa', 'd']],
    ['pgp', ['p', 'g', 'p']],
    ['p'.repeat(23), ['p'.repeat(10), 'p'.repeat(10), 'ppp']],
  ])('%s becomes %j', (given, expected) => {
    expect(letters(albums(kinds(given)))).toEqual(expected);
  });

  it('sends an album, the caption on its first, and says that buttons are left', async () => {
    stub.reply = ok([
      message(7, { photo: [{ file_id: 'P' }] }),
      message(8, { video: { file_id: 'V' } }),
    ]);
    const keyboard = [[{ text: 'A', callback_data: 'a' }]];
    const done = await sendMedia(api, target({ caption: 'c', keyboard, replyTo: 3 }), [
      await local('1.jpg', 'photo'),
      await local('2.mp4', 'video', { width: 6, height: 4, duration: 1 }),
    ]);
    const form = await formOf();
    expect(JSON.parse(form.media ?? '')).toEqual([
      { type: 'photo', media: 'attach://f0', caption: 'c' },
      {
        ...{ type: 'video', media: 'attach://f1', width: 6, height: 4, duration: 1 },
        supports_streaming: true,
      },
    ]);
    expect(form.reply_markup).toBeUndefined();
    expect(done).toMatchObject({ messages: [7, 8], buttonsLeft: true });
    expect(done.sent.map(({ fileId }) => fileId)).toEqual(['P', 'V']);
  });

  it('reports progress over all of them, never backwards', async () => {
    stub.reply = ({ method }, response) => {
      const video = message(7, { video: { file_id: 'V' } });
      const song = message(8, { audio: { file_id: 'A' } });
      response.end(JSON.stringify({ ok: true, result: method === 'sendVideo' ? video : song }));
    };
    const shares: number[] = [];
    const onProgress = (sent: number, total: number) => shares.push(sent / total);
    await sendMedia(api, target({ onProgress }), [
      await local('1.mp4', 'video'),
      await local('2.mp3', 'audio'),
    ]);
    expect(shares.at(-1)).toBe(1);
    expect(Math.max(...shares)).toBe(1);
  });
});
