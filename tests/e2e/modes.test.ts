import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../shared/sign.ts';
import { freePort } from '../support/bot.ts';
import { type Edge, startEdge } from '../support/edge.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { button, message, SARA } from '../support/updates.ts';

const EMMA = 1001;
const SECRET_HEADER = 'x-telegram-bot-api-secret-token';
const WEBHOOK_SECRET = 'webhook-secret_of-the-tests';
const NODE_SECRET = randomBytes(32).toString('hex');

/** What a chat shows after each of these links, without what differs from run to run. */
const PATHS = ['/small.mp4', '/page?file=small.mp4', '/song.mp3', '/picture.jpg', '/dead.mp4'];

async function shown(scene: Scene) {
  const all: unknown[] = [];
  for (const path of PATHS) {
    const asked = scene.say(EMMA, `${scene.site.url}${path}`);
    const { api } = scene.telegram;
    const last = await api.waitFor(
      () =>
        scene
          .answers(EMMA, asked)
          .find(({ kind, text }) => kind !== 'text' || /[0-9a-f]{8}/.test(text)),
      60_000,
    );
    await api.waitFor(() => scene.answers(EMMA, asked).length === 1);
    const { kind, text, buttons, sha256 } = last;
    all.push({ path, kind, text: text.replace(/[0-9a-f]{8}/, 'ID'), buttons, sha256 });
  }
  const start = scene.say(EMMA, '/start');
  const hello = await scene.telegram.api.waitFor(() => scene.answers(EMMA, start)[0]);
  return [...all, { path: '/start', text: hello.text, buttons: hello.buttons }];
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  });

let byPolling: unknown[];

describe('UPDATES=polling', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({ UPDATES: 'polling' });
  });
  afterAll(() => scene?.close());

  it('brings files and words', async () => {
    byPolling = await shown(scene);
    expect(byPolling).toMatchObject([
      ...[{ kind: 'video' }, { kind: 'video' }, { kind: 'audio' }, { kind: 'photo' }],
      { kind: 'text', text: expect.stringContaining('nothing at that address') },
      { text: expect.stringContaining('Postchi') },
    ]);
  });

  it('takes no webhook and no signed jobs', async () => {
    expect((await post(`${scene.bot.url}/webhook`, {})).status).toBe(404);
    expect((await post(`${scene.bot.url}/jobs`, {})).status).toBe(404);
  });
});

describe('UPDATES=webhook', () => {
  let scene: Scene;
  let webhook: string;
  beforeAll(async () => {
    const port = String(await freePort());
    webhook = `http://127.0.0.1:${port}/webhook`;
    const settings = { PORT: port, WEBHOOK_SECRET, WEBHOOK_URL: webhook };
    scene = await startScene({ UPDATES: 'webhook', ...settings });
  });
  afterAll(() => scene?.close());

  it('brings the same files and words as polling', async () => {
    expect(await shown(scene)).toEqual(byPolling);
    expect(scene.telegram.api.calls.map(({ method }) => method)).not.toContain('getUpdates');
  });

  it('turns away who does not know the secret', async () => {
    const before = scene.telegram.api.calls.length;
    expect((await post(webhook, message())).status).toBe(401);
    expect((await post(webhook, message(), { [SECRET_HEADER]: 'guess' })).status).toBe(401);
    expect(scene.telegram.api.calls).toHaveLength(before);
  });

  it('answers 413 to more than 256 KiB and 200 to what makes no sense', async () => {
    const secret = { [SECRET_HEADER]: WEBHOOK_SECRET };
    expect((await post(webhook, 'x'.repeat(256 * 1024 + 1), secret)).status).toBe(413);
    expect((await post(webhook, '{"not": "an update"}', secret)).status).toBe(200);
    expect((await post(webhook, 'not json', secret)).status).toBe(200);
  });
});

describe('UPDATES=edge behind wrangler dev', () => {
  let scene: Scene;
  let edge: Edge;
  beforeAll(async () => {
    scene = await startScene({ UPDATES: 'edge', NODE_SECRET });
    const settings = { NODE_URL: scene.bot.url, WEBHOOK_SECRET, NODE_SECRET };
    const limits = { RATE_LIMIT_GLOBAL_PER_MIN: '25', RATE_LIMIT_USER_PER_MIN: '10' };
    edge = await startEdge({ ...settings, ...limits });
    await scene.telegram.client.setWebhook(`${edge.url}/webhook`, { secret_token: WEBHOOK_SECRET });
  });
  afterAll(async () => {
    await edge?.stop();
    await scene?.close();
  });

  it('brings the same files and words as polling', async () => {
    expect(await shown(scene)).toEqual(byPolling);
  });

  describe('POST /jobs', () => {
    // Telegram knows the chat: the person has pressed "Start" before.
    beforeAll(() => void scene.telegram.api.driver.person(77));

    const job = (updateId: number) =>
      JSON.stringify({
        ...{ v: 1, updateId, receivedAt: Date.now(), messageId: 1 },
        chat: { id: 77, type: 'private' },
        user: { id: 77, name: 'Direct' },
        ask: { kind: 'command', name: 'help', args: '' },
      });
    const headers = async (id: string, body: string, secret = NODE_SECRET, ageS = 0) => {
      const timestamp = Math.floor(Date.now() / 1000) - ageS;
      const signature = await sign({ id, timestamp, body, secret });
      return {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature,
      };
    };
    const jobs = () => `${scene.bot.url}/jobs`;

    it('is refused unsigned, forged, changed or late', async () => {
      const body = job(9001);
      const good = await headers('9001', body);
      const forged = await headers('9001', body, 'x'.repeat(32));
      const statuses = [
        await post(jobs(), body),
        await post(jobs(), body, forged),
        await post(jobs(), body.replace('help', 'stop'), good),
        await post(jobs(), body, { ...good, 'webhook-id': '9002' }),
        await post(jobs(), body, await headers('9001', body, NODE_SECRET, 301)),
        await post(jobs(), body, await headers('9001', body, NODE_SECRET, -301)),
      ].map(({ status }) => status);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 401]);
      expect(scene.telegram.api.visible(77)).toEqual([]);
    });

    it('is taken once, however often it is sent', async () => {
      const body = job(9003);
      const signed = await headers('9003', body);
      expect((await post(jobs(), body, signed)).status).toBe(202);
      expect((await post(jobs(), body, signed)).status).toBe(200);
      await scene.telegram.api.waitFor(() => scene.telegram.api.visible(77).length === 1);
      expect((await post(jobs(), body, signed)).status).toBe(200);
      expect(scene.telegram.api.visible(77)).toHaveLength(1);
    });

    it('is refused above 256 KiB', async () => {
      const body = 'x'.repeat(256 * 1024 + 1);
      expect((await post(jobs(), body, await headers('9004', body))).status).toBe(413);
    });
  });

  it('turns away who does not know the webhook secret', async () => {
    expect((await post(`${edge.url}/webhook`, message())).status).toBe(401);
    const guess = { [SECRET_HEADER]: 'guess' };
    expect((await post(`${edge.url}/webhook`, message(), guess)).status).toBe(401);
  });

  it('tells a person once that ten a minute is the limit, then says nothing more', async () => {
    const nina = 1500;
    const links = Array.from({ length: 13 }, (_, i) =>
      scene.say(nina, `${scene.site.url}/dead.mp4?${i}`),
    );
    const replies = () => links.map((id) => scene.answers(nina, id).at(-1)?.text ?? '');
    await scene.telegram.api.waitFor(
      () => replies().filter((text) => /Error/.test(text)).length === 10,
      90_000,
    );
    const last = scene.say(nina, '/start');
    await scene.telegram.api.waitFor(() => scene.telegram.api.updates.waiting().length === 0);
    expect(
      replies()
        .slice(0, 10)
        .every((text) => /nothing at that address/.test(text)),
    ).toBe(true);
    expect(replies()[10]).toMatch(/^That's a lot at once! Please send the next one in/);
    expect(replies().slice(11)).toEqual(['', '']);
    expect(scene.answers(nina, last)).toHaveLength(0);
  });

  it('answers 503 for messages and speaks for buttons while the node is down', async () => {
    await scene.telegram.client.deleteWebhook();
    await scene.bot.stop();
    const secret = { [SECRET_HEADER]: WEBHOOK_SECRET };
    const from = { ...SARA, id: 1600 };
    const held = await post(`${edge.url}/webhook`, message({ from }, 8001), secret);
    expect([held.status, held.headers.get('retry-after')]).toEqual([503, '10']);
    const pressed = await post(`${edge.url}/webhook`, button({ from }, 8002), secret);
    expect([pressed.status, await pressed.json()]).toMatchObject([
      200,
      { method: 'answerCallbackQuery', text: expect.stringMatching(/\S/) },
    ]);
  });
});
