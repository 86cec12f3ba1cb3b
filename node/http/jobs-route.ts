/** `POST /jobs`: signed work from a remote edge; see docs/wire.md. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as v from 'valibot';
import { verify } from '../../shared/sign.ts';
import { type HandOver, JobRequest } from '../../shared/wire.ts';
import type { Log } from '../log.ts';

export interface JobsRoute {
  secrets: readonly string[];
  take(request: JobRequest): Promise<HandOver>;
  /** The edge was heard, for /health. */
  heard?: () => void;
  log: Log;
  now?: () => number;
}

const MAX_BODY = 256 * 1024;

export function jobsRoute({ secrets, take, heard, log, now = Date.now }: JobsRoute): Hono {
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: MAX_BODY,
    onError: (c) => c.json({ error: 'too large' }, 413),
  });
  // A length that was told holds, because Node reads no further. Only a body without one has to be
  // counted as it comes, for which a whole Request of the web kind is made around it.
  const bounded: typeof limit = (c, next) =>
    Number(c.req.header('content-length') ?? Number.NaN) <= MAX_BODY ? next() : limit(c, next);
  app.post('/jobs', bounded, async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const verified = await verify(c.req.raw.headers, body, secrets, now());
    if (!verified.ok) {
      log.warn({ reason: verified.error }, 'a job without a valid signature was refused');
      return c.json({ error: verified.error, time: Math.floor(now() / 1000) }, 401);
    }
    heard?.();
    const request = parse(body);
    // Signed and still not understood: a newer or older edge. Sending it again cannot help.
    if (!request || String(request.updateId) !== verified.id) {
      log.error({ id: verified.id }, 'a signed job was not understood: do edge and node match?');
      return c.json({ error: 'not understood' }, 400);
    }
    const answer = await take(request);
    if (answer.taken === 'no') {
      c.header('Retry-After', String(answer.retryAfter));
      return c.json({ error: answer.reason }, 503);
    }
    return c.json({ taken: answer.taken }, answer.taken === 'new' ? 202 : 200);
  });
  return app;
}

function parse(body: Uint8Array): JobRequest | undefined {
  try {
    const parsed = v.safeParse(JobRequest, JSON.parse(new TextDecoder().decode(body)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    // Not JSON: the caller answers 400.
    return undefined;
  }
}
