/** One signed `POST /jobs` to one node, and what is known for certain after it. */
import { keysOf, sign } from '../../shared/sign.ts';
import type { JobRequest } from '../../shared/wire.ts';
import { RETRY_AFTER_S } from '../answer.ts';
import { type EdgeLog, reasonOf } from '../log.ts';

/**
 * `refused`: this node has certainly not stored the job because of this request, so that another
 * one may be asked. `unknown`: it may have, the answer was lost. `retryAfter` in seconds.
 */
export type Attempt =
  | { end: 'taken'; taken: 'new' | 'seen' }
  | { end: 'refused'; full: boolean; retryAfter: number }
  | { end: 'unknown' };

export type SendRequest = (url: string, init: RequestInit) => Promise<Response>;

/** Called through an arrow: a Worker's fetch refuses to run as a method of another object. */
export const workerFetch: SendRequest = (url, init) => fetch(url, init);

export interface AttemptOptions {
  /** `NODE_SECRET`: the first of its comma-separated keys signs. */
  secret: string;
  fetch: SendRequest;
  /** ms since the epoch. */
  now: () => number;
  log: EdgeLog;
}

/** Signed once, however many nodes are asked: all verify with the same key. */
export async function signedJob(request: JobRequest, { secret, ...options }: AttemptOptions) {
  const [key = ''] = keysOf(secret);
  const id = String(request.updateId);
  const timestamp = Math.floor(options.now() / 1000);
  const body = JSON.stringify(request);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': await sign({ id, timestamp, body, secret: key }),
  };
  /** `node` is its URL, `name` what the log calls it, `timeoutMs` the time it has. */
  return async (node: string, name: string, timeoutMs: number): Promise<Attempt> => {
    const { fetch: send, log } = options;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      // A redirect is not followed: the signature would go to whoever it points at.
      const init = { method: 'POST', headers, body, redirect: 'manual', signal } as const;
      const response = await send(at(node, 'jobs'), init);
      await response.body?.cancel();
      return understood(response, name, log);
    } catch (cause) {
      // workerd names a refused connection and one lost on the way with the same words.
      log.warn({ node: name, reason: reasonOf(cause) }, 'The node cannot be reached');
      return { end: 'unknown' };
    }
  };
}

export const at = (node: string, path: string): string => `${node.replace(/\/+$/, '')}/${path}`;

/**
 * Cloudflare's own answers for an origin that was never reached: refused, no route, TLS that
 * failed, a name or tunnel that is not there. 520, 522 and 524 may come after the request went
 * out (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/).
 */
const NEVER_REACHED = new Set([521, 523, 525, 526, 530]);

function understood({ status, headers }: Response, node: string, log: EdgeLog): Attempt {
  if (status === 202) return { end: 'taken', taken: 'new' };
  if (status === 200) return { end: 'taken', taken: 'seen' };
  if (status === 503) {
    return { end: 'refused', full: true, retryAfter: secondsOf(headers.get('retry-after')) };
  }
  if (NEVER_REACHED.has(status)) {
    log.warn({ node, status }, 'The node cannot be reached');
    return elsewhere;
  }
  const advice =
    status === 401
      ? 'The node refused the signature: NODE_SECRET differs on both sides, or a clock is wrong'
      : 'The node gave an answer that is none: check what NODE_URL points at';
  log.error({ node, status }, advice);
  return status >= 300 && status < 500 ? elsewhere : { end: 'unknown' };
}

const elsewhere: Attempt = { end: 'refused', full: false, retryAfter: RETRY_AFTER_S };

function secondsOf(header: string | null): number {
  const seconds = Number(header);
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600 ? seconds : RETRY_AFTER_S;
}
