import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RunningBotApi, startBotApi } from '../../support/bot-api.ts';

const EMMA = 1001;
const ALI = 1002;

interface Delivered {
  text: string;
  headers: IncomingHttpHeaders;
}
interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

let running: RunningBotApi;
let hook: Server;
let url: string;
const got: Delivered[] = [];
const slept: number[] = [];
let replies: Reply[] = [];
let time: number;

beforeEach(async () => {
  got.length = 0;
  slept.length = 0;
  replies = [];
  time = 1_800_000_000_000;
  const sleep = async (ms: number) => {
    slept.push(ms);
    time += ms;
  };
  running = await startBotApi({ now: () => time, sleep });
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const update = JSON.parse(body) as Record<string, { text?: string; data?: string }>;
      const text = update.message?.text ?? update.callback_query?.data ?? '';
      got.push({ text, headers: request.headers });
      const reply = replies.shift() ?? { status: 200 };
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
      response.end(JSON.stringify(reply.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/webhook`;
});

afterEach(async () => {
  await running.stop();
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
});

/** Every update was taken or given up. */
const settled = () =>
  new Promise<void>((resolve) => {
    const { updates } = running.api;
    const check = () => {
      if (updates.waiting().length > 0) return;
      updates.events.off('confirmed', check);
      resolve();
    };
    updates.events.on('confirmed', check);
    check();
  });

it('delivers with the secret and refuses getUpdates meanwhile', async () => {
  await running.client.setWebhook(url, { secret_token: 'open_sesame' });
  running.api.say(EMMA, EMMA, 'hello');
  await settled();
  expect(got[0]?.text).toBe('hello');
  expect(got[0]?.headers['x-telegram-bot-api-secret-token']).toBe('open_sesame');
  await expect(running.client.getUpdates()).rejects.toThrow("can't use getUpdates method");
});

it('waits as long as Retry-After says, then 2, 4 … seconds without it', async () => {
  await running.client.setWebhook(url);
  replies = [
    { status: 503, headers: { 'retry-after': '10' } },
    { status: 500 },
    { status: 302 },
    { status: 200 },
  ];
  running.api.say(EMMA, EMMA, 'again');
  await settled();
  expect(got.map((d) => d.text)).toEqual(['again', 'again', 'again', 'again']);
  expect(slept).toEqual([10_000, 2_000, 4_000]);
  expect((await running.client.getWebhookInfo()).last_error_message).toContain('302');
});

it('keeps the order within a chat and lets another chat pass', async () => {
  let wake = () => {};
  const blocked = new Promise<void>((resolve) => {
    wake = resolve;
  });
  await running.stop();
  running = await startBotApi({ sleep: () => blocked });
  await running.client.setWebhook(url);
  replies = [{ status: 503 }];
  running.api.say(EMMA, EMMA, 'one');
  await running.api.waitFor(() => running.api.webhook.info().last_error_date || pulse());
  running.api.say(EMMA, EMMA, 'two');
  running.api.say(ALI, ALI, 'other');
  const other = () => got.some((d) => d.text === 'other');
  await running.api.waitFor(() => other() || pulse());
  wake();
  await settled();
  expect(got.map((d) => d.text)).toEqual(['one', 'other', 'one', 'two']);
});

/** Looks again soon: what happens at the webhook's end is no event of the emulator. */
function pulse(): false {
  setTimeout(() => running.api.events.emit('called'), 5);
  return false;
}

it('drops a callback that nobody took within 150 seconds', async () => {
  await running.client.setWebhook(url);
  const { message_id } = running.api.say(EMMA, EMMA, 'x');
  await settled();
  replies = Array.from({ length: 50 }, () => ({ status: 500, headers: { 'retry-after': '60' } }));
  running.api.press(message_id, 'late', EMMA);
  await settled();
  expect(got.filter((d) => d.text === 'late')).toHaveLength(3);
});

it('runs the call that stands in the answer, but no deleteWebhook', async () => {
  await running.client.setWebhook(url);
  replies = [
    { status: 200, body: { method: 'sendMessage', chat_id: EMMA, text: 'slow down' } },
    { status: 200, body: { method: 'deleteWebhook' } },
  ];
  running.api.say(EMMA, EMMA, 'a');
  running.api.say(EMMA, EMMA, 'b');
  await settled();
  expect(running.api.visible(EMMA).map((m) => m.text)).toContain('slow down');
  expect((await running.client.getWebhookInfo()).url).toBe(url);
});
