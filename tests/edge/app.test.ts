import { describe, expect, test } from 'vitest';
import { createEdge, type EdgeOptions, MAX_BODY_BYTES, SECRET_HEADER } from '../../edge/app.ts';
import { memoryLimiter } from '../../edge/limiter.ts';
import { textsFor } from '../../shared/texts/index.ts';
import type { HandOver, JobRequest } from '../../shared/wire.ts';
import { seeded } from '../support/random.ts';
import {
  button,
  GROUP,
  inline,
  member,
  message,
  PRIVATE,
  SARA,
  words,
} from '../support/updates.ts';

const SECRET = 'right-secret';
const T0 = 1_700_000_000_000;
const FULL: HandOver = { taken: 'no', reason: 'full', retryAfter: 30 };

function edge(change: Partial<EdgeOptions> = {}) {
  const jobs: JobRequest[] = [];
  const logged: string[] = [];
  const note = (_: object, text: string) => void logged.push(text);
  const clock = { now: T0 };
  const app = createEdge({
    secret: SECRET,
    limits: { user: 10, global: 25 },
    adminIds: new Set([900]),
    limiter: memoryLimiter(),
    handOver: async (request) => {
      jobs.push(request);
      return { taken: 'new' };
    },
    now: () => clock.now,
    log: { info: note, warn: note, error: note },
    ...change,
  });
  const post = (body: BodyInit | null, headers: Record<string, string> = {}) =>
    app.request('/webhook', {
      method: 'POST',
      body,
      headers: { [SECRET_HEADER]: SECRET, ...headers },
    });
  const send = (update: unknown) => post(JSON.stringify(update));
  return { app, post, send, jobs, logged, clock };
}

const failing = (): never => {
  throw new Error('down');
};

/** A body sent in pieces, with nothing that says how long it will be. */
const pieces = (bytes: number, pulled: { bytes: number } = { bytes: 0 }) =>
  new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulled.bytes >= bytes) return controller.close();
      pulled.bytes += 16_384;
      controller.enqueue(new Uint8Array(16_384).fill(32));
    },
  });

test('an authentic job is handed over and answered with 200 and nothing else', async () => {
  const { send, jobs } = edge();
  const response = await send(message());
  expect([response.status, await response.text()]).toEqual([200, '']);
  expect(jobs).toMatchObject([{ updateId: 1, receivedAt: T0, ask: { kind: 'download' } }]);
});

test('a job that was seen before is answered with 200', async () => {
  const { send } = edge({ handOver: async () => ({ taken: 'seen' }) });
  expect((await send(message())).status).toBe(200);
});

test('GET /healthz says ok', async () => {
  const response = await edge().app.request('/healthz');
  expect([response.status, await response.json()]).toMatchObject([200, { status: 'ok' }]);
});

describe('the secret', () => {
  test.each([
    ['wrong', 'wrong-secret'],
    ['empty', ''],
    ['a beginning', SECRET.slice(0, -1)],
    ['longer', `${SECRET}x`],
  ])('%s is answered with 401 and does nothing', async (_, secret) => {
    const { post, jobs } = edge();
    const response = await post(JSON.stringify(message()), { [SECRET_HEADER]: secret });
    expect([response.status, jobs]).toEqual([401, []]);
  });

  test('missing is answered with 401', async () => {
    const init = { method: 'POST', body: JSON.stringify(message()) };
    expect((await edge().app.request('/webhook', init)).status).toBe(401);
  });

  test('is asked for before the body is read', async () => {
    const request = new Request('http://edge/webhook', {
      method: 'POST',
      body: pieces(10 * MAX_BODY_BYTES),
      headers: { [SECRET_HEADER]: 'wrong' },
    });
    expect((await edge().app.request(request)).status).toBe(401);
    expect(request.bodyUsed).toBe(false);
  });
});

describe('the size', () => {
  const padded = (bytes: number) => JSON.stringify(message()).padEnd(bytes, ' ');

  test('256 KiB is taken, one byte more is answered with 413', async () => {
    const { post, jobs } = edge();
    expect((await post(padded(MAX_BODY_BYTES))).status).toBe(200);
    expect((await post(padded(MAX_BODY_BYTES + 1))).status).toBe(413);
    expect(jobs).toHaveLength(1);
  });

  test('is counted where the header is missing or says less, and an endless body is cut off', async () => {
    const { post } = edge();
    for (const headers of [{}, { 'content-length': '10' }] as Record<string, string>[]) {
      const pulled = { bytes: 0 };
      expect((await post(pieces(1000 * MAX_BODY_BYTES, pulled), headers)).status).toBe(413);
      expect(pulled.bytes).toBeLessThan(100 * MAX_BODY_BYTES);
    }
  });
});

test('a body that breaks off is asked for again, with a line in the log', async () => {
  const { post, logged } = edge();
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) });
  expect([(await post(broken)).status, logged.length]).toEqual([503, 1]);
});

describe('what makes no sense is answered with 200, so that the chat is not blocked', () => {
  test.each(['', 'hello', '[]', '{}', '{"update_id":1,"message":{}}', '\u0000'])(
    '%j, with a line in the log',
    async (body) => {
      const { post, jobs, logged } = edge();
      const response = await post(body);
      expect([response.status, await response.text()]).toEqual([200, '']);
      expect([jobs, logged.length]).toEqual([[], 1]);
    },
  );

  test('an update of no use', async () => {
    const { send, jobs } = edge();
    const response = await send({ update_id: 1, poll: { id: '1' } });
    expect([response.status, jobs]).toEqual([200, []]);
  });
});

describe('over the limit', () => {
  async function spent(change: Partial<EdgeOptions> = {}) {
    const made = edge(change);
    for (let i = 1; i <= 10; i++) await made.send(message({}, i));
    return made;
  }

  test('the person is told once, in Persian, when to come back, and then nothing', async () => {
    const { send, jobs, clock } = await spent();
    clock.now = T0 + 20_500;
    const response = await send(message({}, 11));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      method: 'sendMessage',
      chat_id: 11,
      text: textsFor('fa').rateLimited({ seconds: 40, scope: 'user' }),
      reply_parameters: { message_id: 5, allow_sending_without_reply: true },
    });
    const again = await send(message({}, 12));
    expect([again.status, await again.text()]).toEqual([200, '']);
    expect(jobs).toHaveLength(10);
    clock.now = T0 + 60_000;
    await send(message({}, 13));
    expect(jobs).toHaveLength(11);
  });

  test('the answer goes to the topic and the business chat it was asked in', async () => {
    const limits = { user: 1, global: 0 };
    const { send } = edge({ limits });
    const topic = { chat: GROUP, is_topic_message: true, message_thread_id: 7 };
    const from = { ...SARA, id: 12, language_code: 'de' };
    await send(message({ ...topic, from }, 1));
    expect(await (await send(message({ ...topic, from }, 2))).json()).toMatchObject({
      chat_id: -1001,
      message_thread_id: 7,
      text: textsFor('en').rateLimited({ seconds: 60, scope: 'user' }),
    });
    const { message: business } = message({ business_connection_id: 'b1' });
    await send({ update_id: 3, business_message: business });
    expect(await (await send({ update_id: 4, business_message: business })).json()).toMatchObject({
      business_connection_id: 'b1',
    });
  });

  test('a full common budget is named as such', async () => {
    const { send } = edge({ limits: { user: 0, global: 1 } });
    await send(message({}, 1));
    expect(await (await send(message({}, 2))).json()).toMatchObject({
      text: textsFor('fa').rateLimited({ seconds: 60, scope: 'all' }),
    });
  });

  test('buttons, inline queries, /start and /cancel still get through', async () => {
    const { send, jobs } = await spent();
    await send(button({}, 21));
    await send(inline('x', 22));
    await send(words('/cancel', {}, 23));
    await send(words('/start', {}, 24));
    await send(member('left', 25));
    expect(jobs.slice(10).map((job) => job.updateId)).toEqual([21, 22, 23, 24, 25]);
  });

  test('admins are exempt and use nothing of the common budget', async () => {
    const { send, jobs } = edge();
    for (let i = 1; i <= 40; i++) await send(message({ from: { ...SARA, id: 900 } }, i));
    for (let i = 41; i <= 50; i++) await send(message({}, i));
    expect(jobs).toHaveLength(50);
  });

  test('an update sent again after a 503 passes, however full the window is by then', async () => {
    const answers: HandOver[] = [FULL];
    const { send } = edge({
      limits: { user: 1, global: 1 },
      handOver: async () => answers.shift() ?? { taken: 'new' },
    });
    expect((await send(message({}, 1))).status).toBe(503);
    expect((await send(message({}, 2))).status).toBe(200);
    expect(await (await send(message({}, 1))).text()).toBe('');
  });
});

describe('a job that was not taken', () => {
  const ways: [string, EdgeOptions['handOver']][] = [
    ['full', async () => FULL],
    ['throwing', async () => failing()],
  ];

  test.each(ways)(
    'is sent again by Telegram when it is a message (node %s)',
    async (_, handOver) => {
      const { send } = edge({ handOver });
      for (const update of [message(), words('/start'), member()]) {
        const response = await send(update);
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
      }
    },
  );

  test.each(ways)('is spoken about when it is a button (node %s)', async (_, handOver) => {
    const response = await edge({ handOver }).send(button());
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        method: 'answerCallbackQuery',
        callback_query_id: 'q1',
        text: textsFor('fa').busyButton,
        show_alert: true,
      },
    ]);
  });

  test.each(ways)('is an empty list when it is an inline query (node %s)', async (_, handOver) => {
    const response = await edge({ handOver }).send(inline());
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { method: 'answerInlineQuery', inline_query_id: 'i1', results: [] },
    ]);
  });
});

test('an unreachable limiter loses no message and stops no button', async () => {
  const { send, jobs } = edge({ limiter: { charge: async () => failing() } });
  const response = await send(message());
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
  expect((await send(button())).status).toBe(200);
  expect(jobs).toMatchObject([{ ask: { kind: 'button' } }]);
});

test('with both limits off the limiter is not asked', async () => {
  const { send, jobs } = edge({
    limits: { user: 0, global: 0 },
    limiter: { charge: async () => failing() },
  });
  expect((await send(message())).status).toBe(200);
  expect(jobs).toHaveLength(1);
});

describe('mutated updates', () => {
  const random = seeded(7);
  const deep = (n: number) => JSON.parse(`${'['.repeat(n)}${']'.repeat(n)}`) as unknown;
  const oddities: (() => unknown)[] = [
    () => null,
    () => -1,
    () => 1e300,
    () => 2 ** 53,
    () => 0.5,
    () => '',
    () => '\ud800',
    () => '\udc00https://a.example/\ud83d',
    () => `https://${'a'.repeat(random.below(5000))}.example/`,
    () => `/${'x'.repeat(random.below(60))}@${'y'.repeat(random.below(90))} \u202e`,
    () => [],
    () => ({}),
    () => deep(2000),
    () => true,
    () => JSON.parse('{"__proto__":{"update_id":1},"constructor":1,"toString":null}'),
    () => [{ type: 'url', offset: 1e9, length: 1e9 }],
    () => [{ type: 'text_link', offset: 0, length: 1, url: 'javascript:alert(1)' }],
    () => [{ type: 'url', offset: 3, length: 0 }],
  ];

  /** Replaces or removes one value anywhere in a tree of objects. */
  function mutate(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || random.chance(0.1)) {
      return random.pick(oddities)();
    }
    const keys = Object.keys(value);
    const key = random.pick(keys.length > 0 ? keys : ['x']);
    const copy = { ...value } as Record<string, unknown>;
    if (random.chance(0.1)) delete copy[key];
    else copy[key] = mutate(copy[key]);
    return copy;
  }

  /** Mostly somewhere inside, where an update still looks like one. */
  function mutated(update: object): unknown {
    if (random.chance(0.1)) return mutate(update);
    const [id, [kind, inner]] = Object.entries(update) as [unknown, [string, unknown]];
    const once = mutate(inner);
    return Object.fromEntries([
      id as [string, unknown],
      [kind, random.chance(0.3) ? mutate(once) : once],
    ]);
  }

  test('4,000 of them get 200 and what reaches the node survives the way there', async () => {
    const { send, jobs } = edge({ limits: { user: 0, global: 0 } });
    const full = () =>
      message({
        caption: 'c https://b.example',
        caption_entities: [],
        sender_chat: random.chance(0.2) ? GROUP : undefined,
        document: random.chance(0.2) ? { file_id: 'F', file_name: 'n', file_size: 1 } : undefined,
        reply_to_message: { message_id: 1, from: SARA },
        message_thread_id: 3,
        is_topic_message: true,
        chat: random.pick([GROUP, PRIVATE]),
      });
    const seeds = [message, full, button, inline, member, () => words('/help a')];
    for (let i = 0; i < 4000; i++) {
      const update = mutated(random.pick(seeds)());
      const response = await send(update);
      if (response.status !== 200) throw new Error(`${response.status}: ${JSON.stringify(update)}`);
    }
    expect(jobs.length).toBeGreaterThan(500);
    for (const job of jobs) expect(JSON.parse(JSON.stringify(job))).toEqual(job);
    expect(({} as { update_id?: number }).update_id).toBeUndefined();
  }, 60_000);

  test('2,000 texts with broken bytes get 200', async () => {
    const { post } = edge({ limits: { user: 0, global: 0 } });
    const bytes = new TextEncoder().encode(JSON.stringify(message()));
    for (let i = 0; i < 2000; i++) {
      const broken = bytes.slice(0, random.chance(0.3) ? random.below(bytes.length) : undefined);
      for (let n = random.below(4); n >= 0; n--)
        broken[random.below(broken.length)] = random.below(256);
      expect((await post(broken)).status).toBe(200);
    }
  }, 60_000);
});
