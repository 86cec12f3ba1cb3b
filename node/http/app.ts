/** The node's HTTP surface, put together from what the mode needs. */
import { Hono } from 'hono';
import type { Log } from '../log.ts';

export interface NodeAppParts {
  /** Facts for `/healthz`; `ok` false answers 503, so that a load balancer looks elsewhere. */
  health(): Promise<{ ok: boolean; facts: Record<string, unknown> }>;
  metrics(): Promise<{ body: string; type: string }>;
  /** `/jobs`, `/webhook` or the sandbox, each an app of its own. */
  mounted: Hono[];
  log: Log;
}

export function createNodeApp({ health, metrics, mounted, log }: NodeAppParts): Hono {
  const app = new Hono();
  app.get('/healthz', async (c) => {
    const { ok, facts } = await health();
    return c.json({ status: ok ? 'ok' : 'unavailable', ...facts }, ok ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    const { body, type } = await metrics();
    return c.body(body, 200, { 'content-type': type });
  });
  for (const part of mounted) app.route('/', part);
  app.onError((err, c) => {
    log.error({ err, path: c.req.path }, 'a request failed');
    return c.json({ error: 'internal' }, 500);
  });
  return app;
}
