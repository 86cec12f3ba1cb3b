import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { SECRET_HEADER } from '../../edge/app.ts';
import worker, { type WorkerEnv } from '../../edge/worker.ts';
import { verify } from '../../shared/sign.ts';
import { button, message, SARA } from '../support/updates.ts';

const bindings = env as WorkerEnv & Record<string, string>;
const secret = { [SECRET_HEADER]: String(bindings.WEBHOOK_SECRET) };

const post = (update: unknown, headers: Record<string, string> = secret) =>
  exports.default.fetch('http://edge.test/webhook', {
    method: 'POST',
    headers,
    body: JSON.stringify(update),
  });

/** Stands in for the node; returns what reached it. */
function node(answer: () => Response) {
  const requests: { url: string; headers: Headers; body: string }[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const { headers = {}, body } = init as RequestInit;
    requests.push({ url: String(url), headers: new Headers(headers), body: String(body) });
    return answer();
  });
  return requests;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the Worker', () => {
  test('hands an authentic message over, signed, to the node', async () => {
    const requests = node(() => new Response(null, { status: 202 }));
    expect((await post(message({}, 101))).status).toBe(200);
    expect(requests.map((request) => request.url)).toEqual(['http://node.test/base/jobs']);
    const { headers = new Headers(), body = '' } = requests[0] ?? {};
    expect(JSON.parse(body)).toMatchObject({ updateId: 101, ask: { kind: 'download' } });
    const keys = [String(bindings.NODE_SECRET)];
    expect(await verify(headers, body, keys, Date.now())).toEqual({ ok: true, id: '101' });
  });

  test('turns strangers away', async () => {
    const requests = node(() => new Response(null, { status: 202 }));
    expect((await post(message({}, 102), {})).status).toBe(401);
    expect((await post(message({}, 102), { [SECRET_HEADER]: 'guess' })).status).toBe(401);
    expect(requests).toEqual([]);
  });

  test('answers 503 for a message and speaks for a button while the node is down', async () => {
    node(() => new Response('bad gateway', { status: 502 }));
    const response = await post(message({}, 103));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
    const pressed = await post(button({}, 104));
    expect([pressed.status, await pressed.json()]).toMatchObject([
      200,
      { method: 'answerCallbackQuery' },
    ]);
  });

  test('counts in its Durable Object: ten a minute, then one word, and admins without end', async () => {
    const requests = node(() => new Response(null, { status: 202 }));
    const from = { ...SARA, id: 77 };
    for (let i = 0; i < 10; i++) await post(message({ from }, 200 + i));
    expect(await (await post(message({ from }, 210))).json()).toMatchObject({
      method: 'sendMessage',
      chat_id: 11,
    });
    expect(await (await post(message({ from }, 211))).text()).toBe('');
    for (let i = 0; i < 30; i++) await post(message({ from: { ...SARA, id: 901 } }, 300 + i));
    expect(requests).toHaveLength(40);
  });

  test('is healthy, and has no other routes', async () => {
    const health = await exports.default.fetch('http://edge.test/healthz');
    expect([health.status, await health.json()]).toMatchObject([200, { status: 'ok' }]);
    expect((await exports.default.fetch('http://edge.test/jobs', { method: 'POST' })).status).toBe(
      404,
    );
  });
});

describe('a binding that is wrong', () => {
  test.each([
    ['NODE_URL', undefined],
    ['NODE_URL', 'node.test'],
    ['NODE_URL', 'ftp://node.test'],
    ['NODE_URL', 'http://a.test,'],
    ['NODE_URL', 'http://a.test,b.test'],
    ['NODE_URL', 'http://a.test, http://a.test'],
    ['NODE_URL', Array.from({ length: 17 }, (_, i) => `http://${i}.test`).join()],
    ['WEBHOOK_SECRET', undefined],
    ['WEBHOOK_SECRET', ''],
    ['WEBHOOK_SECRET', 'with space'],
    ['NODE_SECRET', undefined],
    ['NODE_SECRET', 'short'],
    ['NODE_SECRET', `${'a'.repeat(32)},short`],
    ['ADMIN_IDS', '1,me'],
    ['RATE_LIMIT_USER_PER_MIN', '-1'],
    ['RATE_LIMIT_GLOBAL_PER_MIN', 'many'],
  ])('%s = %j is named, not shown, and keeps the updates with Telegram', async (name, value) => {
    const logged = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const wrong = { ...bindings, [name]: value } as unknown as WorkerEnv;
    const health = await worker.fetch(new Request('http://edge.test/healthz'), wrong);
    const said = (await health.json()) as { expected: string };
    expect([health.status, said]).toEqual([
      503,
      { status: 'misconfigured', variable: name, expected: expect.stringMatching(/[a-z]{4}/) },
    ]);
    expect(said.expected).not.toContain('Invalid');
    const init = { method: 'POST', headers: secret, body: JSON.stringify(message()) };
    const response = await worker.fetch(new Request('http://edge.test/webhook', init), wrong);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
    expect(logged).toHaveBeenCalledWith(expect.stringContaining(`${name} is wrong or missing`));
  });

  test('nothing but what has no default has to be set', async () => {
    const { LIMITER, NODE_URL, WEBHOOK_SECRET, NODE_SECRET } = bindings;
    const least = { LIMITER, NODE_URL, WEBHOOK_SECRET, NODE_SECRET } as unknown as WorkerEnv;
    const health = await worker.fetch(new Request('http://edge.test/healthz'), least);
    expect(health.status).toBe(200);
  });
});
