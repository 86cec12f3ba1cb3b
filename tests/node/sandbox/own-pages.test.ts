/** What a page of a stranger, open in the same browser, can do to the sandbox. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN } from '../../../node/sandbox/bot-api/personas.ts';
import { createSandbox, SANDBOX_TOKEN, type Sandbox } from '../../../node/sandbox/sandbox.ts';

let sandbox: Sandbox;
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'postchi-pages-'));
  sandbox = createSandbox({ baseUrl: 'http://127.0.0.1:8080', dir, ffmpeg: 'ffmpeg' });
});
afterAll(() => {
  sandbox.close();
  rmSync(dir, { recursive: true, force: true });
});

const HERE = 'http://127.0.0.1:8080';
/** As a form or a script of any page may send it without being asked: the browser calls it simple. */
const send = (path: string, body: unknown, origin?: string, at = HERE) =>
  sandbox.app.request(`${at}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', ...(origin && { origin }) },
    body: JSON.stringify(body),
  });
const ban = { act: 'say', chat: ADMIN.id, user: ADMIN.id, text: '/ban 1001' };
const said = () => sandbox.api.messages(ADMIN.id).length;

it.each(['https://evil.example', 'null', 'http://127.0.0.1:9999', 'http://localhost:8080'])(
  'a page of %s cannot speak as the admin',
  async (origin) => {
    const before = said();
    expect((await send('/sandbox/act', ban, origin)).status).toBe(403);
    const call = { chat_id: ADMIN.id, text: 'hello' };
    expect((await send(`/bot${SANDBOX_TOKEN}/sendMessage`, call, origin)).status).toBe(403);
    const query = `chat=${ADMIN.id}&user=${ADMIN.id}&name=cookies.txt`;
    expect((await send(`/sandbox/document?${query}`, 'x', origin)).status).toBe(403);
    expect(said()).toBe(before);
  },
);

it.each(['cross-site', 'same-site'])('an image of a %s page calls nothing', async (site) => {
  const before = said();
  const headers = { 'sec-fetch-site': site };
  const call = `/bot${SANDBOX_TOKEN}/sendMessage?chat_id=${ADMIN.id}&text=hello`;
  expect((await sandbox.app.request(HERE + call, { headers })).status).toBe(403);
  expect(said()).toBe(before);
  expect((await sandbox.app.request(`${HERE}/`, { headers })).status).toBe(200);
});

it('a name that a stranger lets lead here opens nothing', async () => {
  const evil = 'http://evil.example:8080';
  expect((await send('/sandbox/act', ban, evil, evil)).status).toBe(421);
  for (const path of ['/', '/sandbox/file/1', `/bot${SANDBOX_TOKEN}/getMe`])
    expect((await sandbox.app.request(evil + path)).status).toBe(421);
});

it.each([HERE, 'http://localhost:8080', 'http://[::1]:8080', 'http://workshop:8080'])(
  'its own page at %s works',
  async (at) => {
    expect((await sandbox.app.request(`${at}/`)).status).toBe(200);
    expect((await send('/sandbox/act', ban, at, at)).status).toBe(200);
    // The bot itself and other programs tell no origin.
    expect((await send(`/bot${SANDBOX_TOKEN}/getMe`, {}, undefined, at)).status).toBe(200);
  },
);
