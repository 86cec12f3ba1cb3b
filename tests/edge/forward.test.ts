import { describe, expect, test } from 'vitest';
import { type ForwardOptions, httpHandOver } from '../../edge/forward.ts';
import { verify } from '../../shared/sign.ts';
import type { JobRequest } from '../../shared/wire.ts';

const T0 = 1_700_000_000_500;
const NEW = 'new-key-0123456789-0123456789-012345';
const OLD = 'old-key-0123456789-0123456789-012345';
const JOB: JobRequest = {
  v: 1,
  updateId: 42,
  receivedAt: T0,
  chat: { id: 1, type: 'private' },
  user: { id: 1, name: 'سارا' },
  ask: { kind: 'inline', queryId: 'i', query: '' },
};
const unreachable = { taken: 'no', reason: 'unreachable', retryAfter: 10 };

type Fetch = NonNullable<ForwardOptions['fetch']>;

function handOver(fetch: Fetch, change: Partial<ForwardOptions> = {}) {
  const logged: string[] = [];
  const note = (_: object, text: string) => void logged.push(text);
  const log = { info: note, warn: note, error: note };
  const options = { nodeUrl: 'http://node.test', secret: NEW, now: () => T0, log, fetch };
  return { logged, hand: () => httpHandOver({ ...options, ...change })(JOB) };
}

const answering = (status: number, headers: Record<string, string> = {}): Fetch => {
  return async () => new Response(status === 202 ? 'taken' : null, { status, headers });
};

test('posts the job once, signed with the first key so that the node can verify it', async () => {
  const sent: { url: string; init: RequestInit }[] = [];
  const record: Fetch = async (url, init) => {
    sent.push({ url, init });
    return new Response(null, { status: 202 });
  };
  const nodeUrl = 'https://node.test/base/';
  await handOver(record, { nodeUrl, secret: `${NEW},${OLD}` }).hand();
  const [one] = sent;
  expect([sent.length, one?.url]).toEqual([1, 'https://node.test/base/jobs']);
  expect(one?.init).toMatchObject({ method: 'POST', redirect: 'manual' });
  const body = String(one?.init.body);
  expect(JSON.parse(body)).toEqual(JOB);
  const headers = new Headers(one?.init.headers);
  expect(headers.get('content-type')).toBe('application/json');
  expect(await verify(headers, body, [NEW], T0)).toEqual({ ok: true, id: '42' });
  expect(await verify(headers, body, [OLD], T0)).toMatchObject({ ok: false });
});

describe('the answer of the node', () => {
  test('202 is new, 200 was seen before', async () => {
    expect(await handOver(answering(202)).hand()).toEqual({ taken: 'new' });
    expect(await handOver(answering(200)).hand()).toEqual({ taken: 'seen' });
  });

  test.each([
    ['30', 30],
    [undefined, 10],
    ['soon', 10],
    ['-5', 10],
    ['86400', 10],
  ])('503 with Retry-After %s is full for %d seconds', async (header, retryAfter) => {
    const headers = header === undefined ? {} : { 'retry-after': header };
    const taken = await handOver(answering(503, headers)).hand();
    expect(taken).toEqual({ taken: 'no', reason: 'full', retryAfter });
  });

  test.each([204, 301, 400, 404, 413, 500, 502])('%d is no answer of a node', async (status) => {
    const { hand, logged } = handOver(answering(status, { location: 'http://evil.test/' }));
    expect([await hand(), logged]).toEqual([unreachable, [expect.stringContaining('NODE_URL')]]);
  });

  test('401 names the setting that is wrong', async () => {
    const { hand, logged } = handOver(answering(401));
    expect([await hand(), logged]).toEqual([unreachable, [expect.stringContaining('NODE_SECRET')]]);
  });
});

test('a network error is unreachable', async () => {
  const refused = async () => {
    throw new TypeError('connection refused');
  };
  expect(await handOver(refused).hand()).toEqual(unreachable);
});

test('a node that does not answer in time is unreachable and the request is given up', async () => {
  let given: AbortSignal | null | undefined;
  const never: Fetch = (_, { signal }) => {
    given = signal;
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  };
  expect(await handOver(never, { timeoutMs: 5 }).hand()).toEqual(unreachable);
  expect(given?.aborted).toBe(true);
});
