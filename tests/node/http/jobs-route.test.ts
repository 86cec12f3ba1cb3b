import { expect, it } from 'vitest';
import { jobsRoute } from '../../../node/http/jobs-route.ts';
import { createLog } from '../../../node/log.ts';

const route = jobsRoute({
  secrets: ['node-secret-of-the-tests-0123456789'],
  take: () => Promise.reject(new Error('nothing unsigned gets here')),
  log: createLog({ level: 'silent', format: 'json' }),
});
const LIMIT = 256 * 1024;
const post = (body: BodyInit, headers = {}) =>
  route.request('/jobs', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

/** Tells no length. */
const stream = (bytes: number) =>
  new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < bytes; sent += 1024) controller.enqueue(new Uint8Array(1024));
      controller.close();
    },
  });

it('refuses a body over 256 KiB by the length it tells, or by what comes without one', async () => {
  const told = { 'content-length': String(LIMIT + 1) };
  expect((await post('x', told)).status).toBe(413);
  expect((await post(stream(LIMIT + 1024))).status).toBe(413);
  expect((await post('x', { 'content-length': 'many' })).status).toBe(401);
  expect((await post(stream(LIMIT))).status).toBe(401);
});
