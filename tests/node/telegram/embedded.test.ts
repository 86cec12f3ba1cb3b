/** The transport against the embedded Bot API: real files, strict checks on the other side. */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareMedia } from '../../../node/media/prepare.ts';
import { type BotApi, createBotApi } from '../../../node/sandbox/bot-api/bot-api.ts';
import { telegramFault } from '../../../node/telegram/errors.ts';
import { LocalFile } from '../../../node/telegram/multipart.ts';
import { createOutbox } from '../../../node/telegram/outbox.ts';
import { sendMedia } from '../../../node/telegram/send-media.ts';
import { createTelegram, type Telegram } from '../../../node/telegram/transport.ts';
import { clip, makeDir, tools } from '../media/clips.ts';

const token = '123456:AAtesttesttesttesttesttesttesttesttt';
const chat = { id: 5, type: 'private' as const };
let [dir, botApi, server, api]: [string, BotApi, ServerType, Telegram] = [] as never;

const sha = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

beforeAll(async () => {
  dir = await makeDir();
  botApi = createBotApi({ token, dir: join(dir, 'telegram'), maxUploadBytes: 2_000_000 });
  server = await new Promise<ServerType>((done) => {
    const listening = serve({ fetch: botApi.app.fetch, port: 0, hostname: '127.0.0.1' }, () =>
      done(listening),
    );
  });
  const { port } = server.address() as AddressInfo;
  const log = pino({ level: 'silent' });
  const apiRoot = `http://127.0.0.1:${port}`;
  api = createTelegram({ token, apiRoot, log, outbox: createOutbox({ log }) });
  botApi.say(chat.id, chat.id, '/start');
});
afterAll(async () => {
  await api.close();
  botApi.close();
  server.close();
  await rm(dir, { recursive: true });
});

async function prepared(name: string) {
  const folder = join(dir, name);
  await mkdir(folder);
  const path = await clip(join(folder, '1.mp4'), 1, '-movflags', '+faststart');
  const plan = { kind: 'video' as const, expect: { video: true, audio: true }, convert: false };
  return prepareMedia({ path, dir: folder, info: { title: name }, plan, ffmpeg: tools });
}

it('delivers a prepared video with the same bytes, and again by its file id', async () => {
  const file = await prepared('one');
  const first = await sendMedia(api, { chat, caption: '<b>سلام</b>' }, [file]);
  expect(first.sent).toMatchObject([{ kind: 'video', width: 640, height: 360, duration: 1 }]);
  expect(botApi.fileOf(first.sent[0]?.fileId ?? '').sha256).toBe(await sha(file.path));
  const again = await sendMedia(api, { chat }, first.sent);
  expect(again.sent[0]).toMatchObject({ kind: 'video', title: 'one' });
  expect(again.messages[0]).toBeGreaterThan(first.messages[0] ?? 0);
});

it('delivers an album', async () => {
  const files = [await prepared('two'), await prepared('three')];
  const { messages, sent } = await sendMedia(api, { chat, caption: 'c' }, files);
  expect(messages).toHaveLength(2);
  expect(sent.map(({ kind }) => kind)).toEqual(['video', 'video']);
});

it('tells a file above the limit from a lost connection', async () => {
  const path = join(dir, 'large.bin');
  const sparse = await open(path, 'w');
  await sparse.truncate(40_000_000);
  await sparse.close();
  const refused = await api.sendDocument(chat.id, new LocalFile(path)).catch((error) => error);
  expect(telegramFault(refused)).toEqual({ kind: 'too_large' });
});

it('tells a file id that Telegram does not know', async () => {
  const refused = await api.sendVideo(chat.id, 'nonsense').catch((error) => error);
  expect(telegramFault(refused)).toEqual({ kind: 'bad_file_id' });
});

it('tells an unchanged text and a message that is gone', async () => {
  const { message_id } = await api.sendMessage(chat.id, 'x');
  const edit = (id: number, text: string) => api.editMessageText(chat.id, id, text);
  const same = await edit(message_id, 'x').catch((error) => error);
  expect(telegramFault(same)).toEqual({ kind: 'not_modified' });
  const gone = await edit(message_id + 1000, 'y').catch((error) => error);
  expect(telegramFault(gone)).toEqual({ kind: 'message_gone' });
});
