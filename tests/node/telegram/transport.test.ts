import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputMediaBuilder } from 'grammy';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { telegramFault } from '../../../node/telegram/errors.ts';
import { LocalFile } from '../../../node/telegram/multipart.ts';
import { createOutbox } from '../../../node/telegram/outbox.ts';
import { sendWith } from '../../../node/telegram/send-context.ts';
import { createTelegram, type TelegramOptions } from '../../../node/telegram/transport.ts';
import { ok, parts, refuse, type Stub, startStub } from './stub-server.ts';

const TOKEN = '123456:AAtesttesttesttesttesttesttesttesttt';
const log = pino({ level: 'silent' });
const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

let stub: Stub;
let dir: string;
const opened: { close(): Promise<void> }[] = [];

const telegram = (options: Partial<TelegramOptions> = {}) => {
  const outbox = createOutbox({ log });
  const api = createTelegram({ token: TOKEN, apiRoot: stub.root, outbox, log, ...options });
  opened.push(api);
  return api;
};
const thrown = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.unreachable('the call should fail'),
    (error: unknown) => error,
  );
const faultOf = async (call: Promise<unknown>) => telegramFault(await thrown(call));

beforeEach(async () => {
  stub = await startStub();
  dir = await mkdtemp(join(tmpdir(), 'postchi-transport-'));
});
afterEach(async () => {
  await stub.close();
  for (const one of opened.splice(0)) await one.close();
  await rm(dir, { recursive: true });
});

describe('plain calls', () => {
  it('sends JSON to the method under the token and returns the result', async () => {
    stub.reply = ok({ message_id: 7, date: 1, chat: { id: 5, type: 'private' }, text: 'hi' });
    const message = await telegram().sendMessage(5, 'سلام', { parse_mode: 'HTML' });
    expect(message.message_id).toBe(7);
    expect(stub.taken[0]?.method).toBe('sendMessage');
    expect(JSON.parse(String(stub.taken[0]?.body))).toEqual({
      ...{ chat_id: 5, text: 'سلام', parse_mode: 'HTML' },
    });
  });

  it.each([
    [400, 'Bad Request: message is not modified: …', 'not_modified'],
    [400, 'Bad Request: message to edit not found', 'message_gone'],
    [
      400,
      'Bad Request: query is too old and response timeout expired or query ID is invalid',
      'query_expired',
    ],
    [400, 'Bad Request: wrong file identifier/HTTP URL specified', 'bad_file_id'],
    [400, 'Bad Request: chat not found', 'chat_gone'],
    [403, 'Forbidden: bot was blocked by the user', 'blocked'],
    [403, 'Forbidden: bot was kicked from the supergroup chat', 'chat_gone'],
    [413, 'Request Entity Too Large', 'too_large'],
    [401, 'Unauthorized', 'unauthorized'],
    [409, 'Conflict: terminated by other getUpdates request', 'conflict'],
    [400, 'Bad Request: message text is empty', 'rejected'],
    [500, 'Internal Server Error', 'uncertain'],
  ])('%i “%s” is %s', async (code, description, kind) => {
    stub.reply = refuse(code, description);
    expect((await faultOf(telegram().sendMessage(5, 'x'))).kind).toBe(kind);
  });

  it('tells where a migrated group went', async () => {
    stub.reply = refuse(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: -100123,
    });
    expect(await faultOf(telegram().sendMessage(-5, 'x'))).toEqual({
      kind: 'migrated',
      to: -100123,
    });
  });

  it('takes a gateway’s HTML for a refusal with its status', async () => {
    stub.reply = (_taken, response) => {
      response.statusCode = 413;
      response.end('<html>413 Request Entity Too Large</html>');
    };
    expect(await faultOf(telegram().sendMessage(5, 'x'))).toEqual({ kind: 'too_large' });
  });
});

describe('calls without an answer', () => {
  it('is unreachable when nobody listens', async () => {
    const api = telegram();
    await stub.close();
    expect(await faultOf(api.sendMessage(5, 'x'))).toEqual({ kind: 'unreachable' });
  });

  it('is unreachable when the host has no address', async () => {
    const api = telegram({ apiRoot: 'http://no-such-host.invalid' });
    expect(await faultOf(api.sendMessage(5, 'x'))).toEqual({ kind: 'unreachable' });
  });

  it('is uncertain when the request was read and the connection then closed', async () => {
    stub.reply = (_taken, _response, request) => request.socket.destroy();
    expect(await faultOf(telegram().sendMessage(5, 'x'))).toEqual({ kind: 'uncertain' });
  });

  it('is uncertain when the answer is cut off in the middle', async () => {
    stub.reply = (_taken, response, request) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"ok":true', () => request.socket.destroy());
    };
    expect(await faultOf(telegram().sendMessage(5, 'x'))).toEqual({ kind: 'uncertain' });
  });

  it('gives up when no answer comes in time', async () => {
    stub.reply = () => undefined;
    const api = telegram({ timeouts: { call: 50 } });
    expect(await faultOf(api.sendMessage(5, 'x'))).toEqual({ kind: 'uncertain' });
  });

  it('is unreachable when the connection ends before an upload left in full', async () => {
    const path = join(dir, '1.mp4');
    await writeFile(path, randomBytes(8 * 1024 * 1024));
    const cutter = createServer((request) => request.once('data', () => request.socket.destroy()));
    await new Promise<void>((done) => cutter.listen(0, '127.0.0.1', done));
    const { port } = cutter.address() as AddressInfo;
    const api = telegram({ apiRoot: `http://127.0.0.1:${port}` });
    let last = 0;
    const upload = sendWith({ onLastByte: () => void last++ }, () =>
      api.sendVideo(5, new LocalFile(path)),
    );
    expect(await faultOf(upload)).toEqual({ kind: 'unreachable' });
    expect(last).toBe(0);
    cutter.close();
  });

  it('is uncertain when an upload left in full and the answer was lost', async () => {
    const path = join(dir, '1.mp4');
    await writeFile(path, randomBytes(100_000));
    stub.reply = (_taken, _response, request) => request.socket.destroy();
    let last = 0;
    const upload = sendWith({ onLastByte: () => void last++ }, () =>
      telegram().sendVideo(5, new LocalFile(path)),
    );
    expect(await faultOf(upload)).toEqual({ kind: 'uncertain' });
    expect(last).toBe(1);
  });

  it('never shows the token', async () => {
    const api = telegram();
    stub.reply = refuse(404, `Not Found: /bot${TOKEN}/sendMessage`);
    const refused = await thrown(api.sendMessage(5, 'x'));
    await stub.close();
    const lost = await thrown(api.sendMessage(5, 'x'));
    for (const error of [refused, lost]) {
      const everything = `${String(error)} ${JSON.stringify(error)} ${JSON.stringify(chain(error))}`;
      expect(everything).not.toContain('AAtest');
    }
  });
});

/** An error with all it carries, also what JSON leaves out. */
function chain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const fields = Object.getOwnPropertyNames(error).map((key) => [
    key,
    chain(Reflect.get(error, key)),
  ]);
  return Object.fromEntries(fields);
}

describe('uploads', () => {
  it('streams the very bytes with an exact length and counts them', async () => {
    const data = randomBytes(900_001);
    const thumb = randomBytes(999);
    await writeFile(join(dir, '1.mp4'), data);
    await writeFile(join(dir, 't.jpg'), thumb);
    const steps: number[] = [];
    let total = 0;
    await sendWith(
      {
        onProgress: (sent, all) => {
          steps.push(sent);
          total = all;
        },
      },
      () =>
        telegram().sendVideo(5, new LocalFile(join(dir, '1.mp4'), 'عنوان "x".mp4'), {
          thumbnail: new LocalFile(join(dir, 't.jpg')),
          supports_streaming: true,
          reply_parameters: { message_id: 3 },
        }),
    );
    const taken = stub.taken[0];
    if (!taken) throw new Error('nothing arrived');
    const form = await parts(taken);
    const fileOf = async (field: string) => {
      const name = String(form.get(field)).replace('attach://', '');
      const file = form.get(name) as File;
      return { name: file.name, sha: sha(new Uint8Array(await file.arrayBuffer())) };
    };
    expect(await fileOf('video')).toEqual({ name: 'عنوان _x_.mp4', sha: sha(data) });
    expect((await fileOf('thumbnail')).sha).toBe(sha(thumb));
    expect(form.get('supports_streaming')).toBe('true');
    expect(form.get('reply_parameters')).toBe('{"message_id":3}');
    expect(taken.headers['content-length']).toBe(String(taken.bytes));
    expect(taken.headers['transfer-encoding']).toBeUndefined();
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(total);
    expect(total).toBe(taken.bytes);
  });

  it('keeps every byte of a file far larger than its buffers', async () => {
    const data = randomBytes(40_000_001);
    await writeFile(join(dir, '1.bin'), data);
    let boundary = '';
    stub.reply = (taken, response) => {
      boundary = /boundary=(.*)$/.exec(taken.headers['content-type'] ?? '')?.[1] ?? '';
      response.end('{"ok":true,"result":true}');
    };
    await telegram().sendDocument(5, new LocalFile(join(dir, '1.bin')));
    const head = (field: string) => `--${boundary}\r\nContent-Disposition: form-data; ${field}`;
    const expected = createHash('sha256')
      .update(`${head('name="chat_id"')}\r\n\r\n5\r\n`)
      .update(`${head('name="document"')}\r\n\r\nattach://f0\r\n`)
      .update(`${head('name="f0"; filename="1.bin"')}\r\n`)
      .update('Content-Type: application/octet-stream\r\n\r\n')
      .update(data)
      .update(`\r\n--${boundary}--\r\n`);
    expect(stub.taken[0]?.sha256).toBe(expected.digest('hex'));
  });

  it('attaches every file of an album and can send them a second time', async () => {
    const paths = await Promise.all(
      [1, 2, 3].map(async (n) => {
        const path = join(dir, `${n}.jpg`);
        await writeFile(path, randomBytes(1000 * n));
        return path;
      }),
    );
    const album = paths.map((path) => InputMediaBuilder.photo(new LocalFile(path)));
    const api = telegram();
    await api.sendMediaGroup(5, album);
    await api.sendMediaGroup(5, album);
    for (const taken of stub.taken) {
      const form = await parts(taken);
      const media = JSON.parse(String(form.get('media'))) as { media: string }[];
      const sizes = media.map(({ media }) => (form.get(media.slice(9)) as File).size);
      expect(sizes).toEqual([1000, 2000, 3000]);
    }
    expect(stub.taken).toHaveLength(2);
  });

  it('names the path instead when the server reads files itself', async () => {
    await telegram({ localFiles: true }).sendVideo(5, new LocalFile('/data/job 1/1.mp4'));
    expect(JSON.parse(String(stub.taken[0]?.body))).toEqual({
      ...{ chat_id: 5, video: 'file:///data/job%201/1.mp4' },
    });
  });

  it('sends nothing and says so when the file is gone', async () => {
    const upload = telegram().sendVideo(5, new LocalFile(join(dir, 'gone.mp4')));
    await expect(upload).rejects.toMatchObject({ code: 'ENOENT' });
    expect(stub.taken).toHaveLength(0);
  });

  it('waits for the store before the last bytes leave', async () => {
    const path = join(dir, '1.mp4');
    await writeFile(path, randomBytes(300_000));
    let arrivedBeforeStore: number | undefined;
    const onLastByte = async () => {
      await new Promise((done) => setImmediate(done));
      arrivedBeforeStore = stub.taken.length;
    };
    await sendWith({ onLastByte }, () => telegram().sendVideo(5, new LocalFile(path)));
    expect(arrivedBeforeStore).toBe(0);
    expect(stub.taken).toHaveLength(1);
  });

  it('stops when the job is cancelled', async () => {
    const path = join(dir, '1.mp4');
    await writeFile(path, randomBytes(20_000_000));
    const cancel = new AbortController();
    const upload = sendWith({ onProgress: () => cancel.abort() }, () =>
      telegram().sendVideo(5, new LocalFile(path), {}, cancel.signal as never),
    );
    expect(await faultOf(upload)).toEqual({ kind: 'aborted' });
  });
});
