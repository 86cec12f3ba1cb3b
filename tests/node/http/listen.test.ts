import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { createNodeApp } from '../../../node/http/app.ts';
import { type Listening, listen } from '../../../node/http/listen.ts';

let http: Listening | undefined;
afterEach(() => http?.close());

/** Exactly these bytes, and the first line of what comes back. */
async function firstLine(port: number, request: string): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(request);
  return (await text(socket)).split('\r\n')[0];
}

it('answers health checks as load balancers send them: HTTP/1.0, without a name', async () => {
  http = await listen({ host: '127.0.0.1', port: 0 });
  const look = () => firstLine(http?.port ?? 0, 'GET /healthz HTTP/1.0\r\n\r\n');
  expect(await look()).toBe('HTTP/1.1 503 Service Unavailable');
  let ok = true;
  http.serve(
    createNodeApp({
      ...{ log: pino({ level: 'silent' }), mounted: [] },
      health: async () => ({ ok, facts: {} }),
      metrics: async () => ({ body: '', type: 'text/plain' }),
    }),
  );
  expect(await look()).toBe('HTTP/1.1 200 OK');
  ok = false;
  expect(await look()).toBe('HTTP/1.1 503 Service Unavailable');
});
