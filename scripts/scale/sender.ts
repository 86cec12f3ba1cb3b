/**
 * Hands updates to the nodes as an edge behind Telegram does: one after the other in turn, the
 * next node when one is down or full, and again after a while when none took it.
 */
import { sign } from '../../shared/sign.ts';
import type { JobRequest } from '../../shared/wire.ts';

export interface Sender {
  /** Resolves once a node has it for sure; answers the ms of the call that took it. */
  send(request: JobRequest): Promise<number>;
  /** Hand-overs that were refused or met no node, and were made again. */
  readonly again: number;
  /** What was never handed over is given up. */
  stop(): void;
}

export interface SenderParts {
  urls(): readonly string[];
  secret: string;
}

const PATIENCE_MS = 10_000;
const PAUSE_MS = 1_000;

export function createSender({ urls, secret }: SenderParts): Sender {
  let turn = 0;
  let again = 0;
  const stopping = new AbortController();

  async function post(base: string, request: JobRequest): Promise<boolean> {
    const id = String(request.updateId);
    const timestamp = Math.floor(Date.now() / 1000);
    const body = JSON.stringify(request);
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': await sign({ id, timestamp, body, secret }),
    };
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const answer = await fetch(`${base}/jobs`, { method: 'POST', headers, body, signal });
    await answer.arrayBuffer();
    return answer.ok;
  }

  async function offer(request: JobRequest): Promise<number | undefined> {
    const all = urls();
    for (let tries = 0; tries < all.length; tries += 1) {
      turn += 1;
      const from = performance.now();
      // A node that is down refuses the connection, and the next one is asked.
      const taken = await post(all[turn % all.length] as string, request).catch(() => false);
      if (taken) return performance.now() - from;
    }
    return undefined;
  }

  return {
    async send(request) {
      for (;;) {
        const ms = await offer(request);
        if (ms !== undefined) return ms;
        if (stopping.signal.aborted) throw new Error(`update ${request.updateId} was not taken`);
        again += 1;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    },
    get again() {
      return again;
    },
    stop: () => stopping.abort(),
  };
}
