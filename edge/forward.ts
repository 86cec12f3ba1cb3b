/** The hand-over to a node elsewhere: one signed `POST /jobs` per accepted update. */
import { keysOf, sign } from '../shared/sign.ts';
import type { HandOver, JobRequest } from '../shared/wire.ts';
import { RETRY_AFTER_S } from './answer.ts';
import { type EdgeLog, reasonOf, silent } from './log.ts';

export interface ForwardOptions {
  /** Where the node is; `/jobs` is added to its path. */
  nodeUrl: string;
  /** `NODE_SECRET`: the first of its comma-separated keys signs. */
  secret: string;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  now?: () => number;
  /** Telegram waits longer than this, so that the edge still answers in its own words. */
  timeoutMs?: number;
  log?: EdgeLog;
}

/**
 * The node answers 202 only after the job is stored durably, so anything else means: not taken.
 * It de-duplicates by update id; a hand-over whose answer was lost may simply be made again.
 */
export function httpHandOver(options: ForwardOptions): (r: JobRequest) => Promise<HandOver> {
  const { timeoutMs = 6000, log = silent, now = Date.now } = options;
  // Called through an arrow: a Worker's fetch refuses to run as a method of another object.
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  const url = `${options.nodeUrl.replace(/\/+$/, '')}/jobs`;
  const [secret = ''] = keysOf(options.secret);
  return async (request) => {
    const body = JSON.stringify(request);
    const headers = await signed(String(request.updateId), body, secret, now());
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const init = { method: 'POST', headers, body, redirect: 'manual', signal } as const;
      const response = await send(url, init);
      await response.body?.cancel();
      return understand(response, log);
    } catch (cause) {
      log.warn({ reason: reasonOf(cause) }, 'The node cannot be reached');
      return unreachable;
    }
  };
}

const unreachable: HandOver = { taken: 'no', reason: 'unreachable', retryAfter: RETRY_AFTER_S };

async function signed(id: string, body: string, secret: string, now: number) {
  const timestamp = Math.floor(now / 1000);
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': await sign({ id, timestamp, body, secret }),
  };
}

/** A redirect is not followed: the signature would go to whoever it points at. */
function understand({ status, headers }: Response, log: EdgeLog): HandOver {
  if (status === 202) return { taken: 'new' };
  if (status === 200) return { taken: 'seen' };
  if (status === 503) {
    return { taken: 'no', reason: 'full', retryAfter: secondsOf(headers.get('retry-after')) };
  }
  const advice =
    status === 401
      ? 'The node refused the signature: NODE_SECRET differs on both sides, or a clock is wrong'
      : 'The node gave an answer that is none: check what NODE_URL points at';
  log.error({ status }, advice);
  return unreachable;
}

function secondsOf(header: string | null): number {
  const seconds = Number(header);
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600 ? seconds : RETRY_AFTER_S;
}
