import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { Api, InputFile } from 'grammy';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from '../../../node/sandbox/sandbox.ts';

const EMMA = 1001;
const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';

let sandbox: Sandbox;
let server: Server;
let root: string;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'postchi-sandbox-'));
  server = createAdaptorServer({
    fetch: (request, env) => sandbox.app.fetch(request, env),
  }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sandbox = createSandbox({ baseUrl: root, dir, ffmpeg, maxUploadBytes: 1_000_000 });
});

afterAll(async () => {
  sandbox.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

const post = (path: string, body: unknown) =>
  fetch(`${root}${path}`, { method: 'POST', body: JSON.stringify(body) });

/** The events of the page's stream, as they come. */
async function* events(): AsyncGenerator<[name: string, data: Record<string, unknown>]> {
  const response = await fetch(`${root}/sandbox/events`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '{}') as Record<string, unknown>;
      yield [/^event: (.*)$/m.exec(block)?.[1] ?? '', data];
    }
  }
}

it('serves the page with everything it refers to', async () => {
  const html = await (await fetch(root)).text();
  const files = [...html.matchAll(/(?:href|src)="(\/page\/[^"]+)"/g)].map((m) => m[1]);
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) expect((await fetch(`${root}${file}`)).status).toBe(200);
  expect((await fetch(`${root}/page/vazirmatn.ttf`)).headers.get('content-type')).toBe('font/ttf');
  const imports = await (await fetch(`${root}/page/app.js`)).text();
  for (const [, file] of imports.matchAll(/from '\.\/([^']+)'/g)) {
    expect((await fetch(`${root}/page/${file}`)).status).toBe(200);
  }
});

it('tells a fresh page the whole state and a live one every change', async () => {
  for await (const [name, data] of events()) {
    if (name === 'state') {
      expect((data.samples as unknown[]).length).toBe(sandbox.samples.length);
      await post('/sandbox/act', { act: 'say', chat: EMMA, user: EMMA, text: 'hello' });
    } else {
      expect(data).toMatchObject({
        kind: 'message',
        message: { text: 'hello', from: { id: EMMA } },
      });
      break;
    }
  }
});

it('passes what the page does on to the bot as updates', async () => {
  const client = new Api(sandbox.token, { apiRoot: sandbox.apiRoot });
  const { message_id } = await client.sendMessage(EMMA, 'choose', {
    reply_markup: { inline_keyboard: [[{ text: 'go', callback_data: 'go' }]] },
  });
  await post('/sandbox/act', { act: 'press', message: message_id, user: EMMA, data: 'go' });
  await fetch(`${root}/sandbox/document?chat=${EMMA}&user=${EMMA}&name=cookies.txt`, {
    method: 'POST',
    body: 'a cookie',
  });
  await post('/sandbox/act', { act: 'block', user: EMMA, blocked: true });
  const updates = await client.getUpdates();
  expect(updates.some((u) => u.callback_query?.data === 'go')).toBe(true);
  const document = updates.find((u) => u.message?.document)?.message?.document;
  expect(document).toMatchObject({ file_name: 'cookies.txt', file_size: 8 });
  expect(updates.at(-1)?.my_chat_member?.new_chat_member.status).toBe('kicked');
  await post('/sandbox/act', { act: 'block', user: EMMA, blocked: false });
});

it('refuses what makes no sense', async () => {
  expect(
    (await post('/sandbox/act', { act: 'say', chat: EMMA, user: EMMA, text: ' ' })).status,
  ).toBe(400);
  expect((await post('/sandbox/act', { act: 'say', chat: 5, user: EMMA, text: 'x' })).status).toBe(
    400,
  );
  expect((await fetch(`${root}/page/..%2fsandbox.ts`)).status).toBe(404);
  expect((await fetch(`${root}/samples/hls/..%2f..%2ffiles`)).status).toBe(404);
});

it('never lets a document run as a page of the sandbox', async () => {
  const client = new Api(sandbox.token, { apiRoot: sandbox.apiRoot });
  const file = new InputFile(Buffer.from('<script>alert(1)</script>'), 'x.html');
  const { document } = await client.sendDocument(EMMA, file);
  const response = await fetch(`${root}/sandbox/file/${document.file_id}`);
  expect(response.headers.get('content-security-policy')).toBe('sandbox');
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
});

it('makes each sample when it is first asked for', async () => {
  const type = async (path: string) => {
    const response = await fetch(`${root}/samples/${path}`);
    await response.arrayBuffer();
    return [response.status, response.headers.get('content-type')];
  };
  expect(await type('clip.mp4')).toEqual([200, 'video/mp4']);
  expect(await type('song.mp3')).toEqual([200, 'audio/mpeg']);
  expect(await type('picture.jpg')).toEqual([200, 'image/jpeg']);
  const master = await (await fetch(`${root}/samples/hls/master.m3u8`)).text();
  expect(master.match(/^rung\d\.m3u8$/gm)).toHaveLength(2);
  const manifest = await (await fetch(`${root}/samples/dash/manifest.mpd`)).text();
  expect(manifest.match(/<AdaptationSet/g)).toHaveLength(2);
  // ffmpeg itself reads what the server hands out, to the end.
  execFileSyncQuiet(['-i', `${dir}/samples/clip/clip.mp4`, '-f', 'null', '-']);
});

function execFileSyncQuiet(args: string[]): void {
  execFileSync(ffmpeg, ['-v', 'error', '-xerror', ...args]);
}

it('pretends to be too large, dead and empty', async () => {
  const head = await fetch(`${root}/samples/too-large.mp4`, { method: 'HEAD' });
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(1_000_000);
  expect((await fetch(`${root}/samples/dead.mp4`)).status).toBe(404);
  expect(await (await fetch(`${root}/samples/nothing.html`)).text()).not.toContain('<video');
});
