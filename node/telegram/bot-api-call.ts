/** One HTTP request to a Bot API server: what leaves, how long it may take, how far it came. */
import type { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import * as v from 'valibot';
import { redact } from '../log.ts';
import { Answer } from './answer.ts';
import { type Stage, TransportFailure } from './errors.ts';
import { holdsFile, type Multipart, multipart } from './multipart.ts';
import type { SendContext } from './send-context.ts';

/** Milliseconds. */
export interface Timeouts {
  /** From a plain call to its answer; getUpdates gets its own `timeout` on top. */
  call: number;
  /** An upload of which no byte moved for this long is given up. */
  uploadStall: number;
  /** From the last byte of an upload to its answer: Telegram stores the file in between. */
  uploadAnswer: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  call: 30_000,
  uploadStall: 60_000,
  uploadAnswer: 600_000,
};

export interface BotApiCall {
  url: string;
  token: string;
  method: string;
  payload: object;
  signal: AbortSignal | undefined;
  context: SendContext;
  dispatcher: Dispatcher;
  timeouts: Timeouts;
}

/** An answer this long is not one of Telegram's: 100 full updates stay far below. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Connections that never stood: nothing of the request can have arrived. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Performs the call.
 * @throws TransportFailure saying whether Telegram can have acted on it
 */
export async function botApiCall(call: BotApiCall): Promise<Answer> {
  let stage: Stage = 'not_sent';
  const lastByte = async () => {
    await call.context.onLastByte?.();
    stage = 'sent';
  };
  const form = holdsFile(call.payload) ? await multipart(call.payload) : undefined;
  const watch = watchdog(call.signal);
  try {
    const body = form
      ? // undici takes async iterables, its types do not say so; a Readable around it would read ahead.
        (upload(call, form, watch, lastByte) as unknown as Readable)
      : await plain(call, watch, lastByte);
    const headers: Record<string, string> = {
      'content-type': form?.contentType ?? 'application/json',
      ...(form && { 'content-length': String(form.contentLength) }),
    };
    const { dispatcher } = call;
    const signal = watch.signal;
    const answer = await request(call.url, { method: 'POST', headers, body, dispatcher, signal });
    return parseAnswer(answer.statusCode, await readAll(answer.body), call.token);
  } catch (error) {
    throw failure(error, stage, call, watch);
  } finally {
    watch.stop();
  }
}

async function plain(call: BotApiCall, watch: Watchdog, lastByte: () => Promise<void>) {
  const held = call.method === 'getUpdates' ? pollSeconds(call.payload) * 1000 : 0;
  const body = JSON.stringify(call.payload, (_key, value: unknown) => value ?? undefined);
  await lastByte();
  watch.set(call.timeouts.call + held, 'no answer');
  return body;
}

const pollSeconds = (payload: object) =>
  'timeout' in payload && typeof payload.timeout === 'number' ? payload.timeout : 0;

async function* upload(
  { context, timeouts }: BotApiCall,
  form: Multipart,
  watch: Watchdog,
  lastByte: () => Promise<void>,
) {
  let sent = 0;
  const chunks = form.chunks(async () => {
    await lastByte();
    watch.set(timeouts.uploadAnswer, 'no answer');
  });
  watch.set(timeouts.uploadStall, 'the upload stalled');
  for await (const chunk of chunks) {
    yield chunk;
    sent += chunk.byteLength;
    if (sent < form.contentLength) watch.set(timeouts.uploadStall, 'the upload stalled');
    context.onProgress?.(sent, form.contentLength);
  }
}

async function readAll(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Gateways answer in HTML: the status code then is all there is. */
function parseAnswer(status: number, text: string, token: string): Answer {
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), text);
  if (!answer.success) {
    if (status < 400) throw new Error(`HTTP ${status} with a body that is no Bot API answer`);
    return { ok: false, error_code: status, description: `HTTP ${status} without a reason` };
  }
  const { output } = answer;
  if (output.ok) return output;
  return { ...output, description: withoutToken(output.description, token) };
}

const withoutToken = (text: string, token: string) =>
  redact(text.replaceAll(token, '***').replaceAll(encodeURIComponent(token), '***'));

/** Never keeps the original error: what it holds besides its message is not known to be clean. */
function failure(error: unknown, stage: Stage, call: BotApiCall, watch: Watchdog) {
  const { code, message } = about(error);
  const aborted = call.signal?.aborted ?? false;
  const why = aborted ? 'aborted' : (watch.reason() ?? message);
  const text = withoutToken(`${call.method}: ${why}${code && ` (${code})`}`, call.token);
  return new TransportFailure(NEVER_CONNECTED.has(code) ? 'not_sent' : stage, code, text, aborted);
}

function about(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: '', message: 'failed' };
  // Several addresses of one host failing together come as an AggregateError without a message.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = 'code' in error ? String(error.code) : '';
  return { code, message: first instanceof Error ? first.message : error.message };
}

interface Watchdog {
  signal: AbortSignal;
  /** Starts the count anew. */
  set(ms: number, reason: string): void;
  /** Why it fired, if it did. */
  reason(): string | undefined;
  stop(): void;
}

function watchdog(outer: AbortSignal | undefined): Watchdog {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let timer: NodeJS.Timeout | undefined;
  let fired: string | undefined;
  if (outer?.aborted) abort();
  outer?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    set(ms, reason) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        fired = `${reason} for ${Math.round(ms / 1000)} s`;
        abort();
      }, ms);
    },
    reason: () => fired,
    stop() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', abort);
    },
  };
}
