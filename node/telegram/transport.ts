/** grammY's typed calls over undici: one place where everything leaves for Telegram. */
import { pathToFileURL } from 'node:url';
import { Api, HttpError, type Transformer } from 'grammy';
import { Agent, type Dispatcher } from 'undici';
import type { Log } from '../log.ts';
import type { ApiCallSeen } from '../observe/observer.ts';
import type { Answer } from './answer.ts';
import { botApiCall, DEFAULT_TIMEOUTS, type Timeouts } from './bot-api-call.ts';
import { TransportFailure } from './errors.ts';
import { LocalFile, replaceFiles } from './multipart.ts';
import type { Outbox } from './outbox.ts';
import { seenCall } from './seen.ts';
import { sendContext } from './send-context.ts';

export interface TelegramOptions {
  token: string;
  /** E.g. `https://api.telegram.org`, without a slash at the end. */
  apiRoot: string;
  outbox: Outbox;
  log: Log;
  /** A local Bot API server reads the files itself: paths are sent instead of bytes. */
  localFiles?: boolean;
  timeouts?: Partial<Timeouts>;
  /** For tests and proxies; whoever gives one closes it. */
  dispatcher?: Dispatcher;
  /** Told of every request, also of one that is sent again after a 429. */
  onCall?: (call: ApiCallSeen) => void;
}

/** The typed Bot API; `close` ends its connections. */
export type Telegram = Api & { close(): Promise<void> };

/**
 * Calls throw `GrammyError` when Telegram refused and `HttpError` when no answer came;
 * `telegramFault` sorts both. Neither holds the token.
 */
export function createTelegram(options: TelegramOptions): Telegram {
  const agent = options.dispatcher ?? defaultAgent();
  const api = new Api(options.token, { apiRoot: options.apiRoot });
  api.config.use(overUndici(options, agent));
  const close = async () => {
    if (!options.dispatcher) await agent.close();
  };
  return Object.assign(api, { close });
}

/**
 * undici's own timeouts are off: 300 s for headers would cut a large upload whose answer comes
 * late. `botApiCall` keeps time instead.
 */
const defaultAgent = () =>
  new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
    // Below the usual 60–75 s of servers, so that a call never meets a connection just closed.
    keepAliveTimeout: 20_000,
    keepAliveMaxTimeout: 40_000,
  });

function overUndici(options: TelegramOptions, dispatcher: Dispatcher): Transformer {
  const { token, apiRoot, outbox, log } = options;
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  return async (_grammy, method, given, signal) => {
    const context = sendContext();
    const payload = options.localFiles ? withPaths(given) : given;
    const url = `${apiRoot}/bot${token}/${method}`;
    const call = () =>
      botApiCall({
        ...{ url, token, method, payload, context, dispatcher, timeouts },
        signal: signal as AbortSignal | undefined,
      });
    const send = () => seenCall(method, call, options.onCall ?? (() => {}));
    try {
      const answer = await outbox.run({
        ...{ method, payload, context, send },
        signal: signal as AbortSignal | undefined,
      });
      logRefusal(log, method, answer);
      return answer as never;
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      throw new HttpError(`Network request for '${method}' failed! ${error.message}`, error);
    }
  };
}

const withPaths = (payload: object) =>
  replaceFiles(payload, (file) =>
    file instanceof LocalFile ? pathToFileURL(file.path).href : file,
  ) as object;

function logRefusal(log: Log, method: string, answer: Answer): void {
  if (answer.ok) return;
  const { error_code, description } = answer;
  log.debug({ method, code: error_code, description }, 'Telegram refused a call');
}
