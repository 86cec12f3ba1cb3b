/** The load balancer of a test: what Telegram sends goes to the node the test says. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Route {
  /** For `setWebhook`. */
  url: string;
  /** Where the next updates go, e.g. `http://127.0.0.1:8080`. */
  to(node: string): void;
  close(): void;
}

export async function startRoute(): Promise<Route> {
  let node = '';
  const server = createServer(async (request, response) => {
    const { 'x-telegram-bot-api-secret-token': secret = '' } = request.headers;
    const headers = {
      'content-type': 'application/json',
      'x-telegram-bot-api-secret-token': secret,
    };
    const body = await buffer(request);
    try {
      const method = 'POST';
      const answer = await fetch(`${node}/webhook`, { method, body, headers } as RequestInit);
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    } catch {
      // The node is dead: Telegram comes again.
      response.writeHead(503, { 'retry-after': '1' }).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    to(next) {
      node = next;
    },
    close: () => void server.close(),
  };
}
