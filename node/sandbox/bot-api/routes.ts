/** The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`. */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ApiError, errorBody, tooLarge } from './api-error.ts';
import type { Dispatcher, Outcome } from './dispatcher.ts';
import type { Files } from './files.ts';
import { type FormLimits, readForm } from './form.ts';
import { sendFile } from './send-file.ts';

export interface RoutesDeps extends FormLimits {
  token: string;
  dispatcher: Dispatcher;
  files: Files;
  /** Fires when the emulator closes: calls that hang by order are let go. */
  closing: AbortSignal;
}

/** Present when @hono/node-server serves the app; absent when a test calls `app.request`. */
type Env = { Bindings: Partial<HttpBindings> };
type Ctx = Context<Env>;

export function createRoutes(deps: RoutesDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.on(['GET', 'POST'], '/:bot{bot[^/]+}/:method', (c) => call(deps, c));
  app.get('/file/:bot{bot[^/]+}/:path{.+}', (c) => download(deps, c));
  return app;
}

const unauthorized = (c: Ctx) => c.json(errorBody(new ApiError(401, 'Unauthorized')), 401);

async function download({ token, files }: RoutesDeps, c: Ctx): Promise<Response> {
  if (c.req.param('bot') !== `bot${token}`) return unauthorized(c);
  const file = files.at(c.req.param('path') ?? '');
  if (!file) return c.json(errorBody(new ApiError(404, 'Not Found')), 404);
  return sendFile(file.path, c.req.header('range'), { 'content-type': file.mime });
}

async function call(deps: RoutesDeps, c: Ctx): Promise<Response> {
  if (c.req.param('bot') !== `bot${deps.token}`) return unauthorized(c);
  const gone = goneSignal(c);
  try {
    const declared = Number(c.req.header('content-length') ?? 0);
    const form = await readForm(
      { query: c.req.query(), contentType: c.req.header('content-type') ?? '', body: bodyOf(c) },
      declared > deps.maxUploadBytes * 11 ? refuse() : deps,
    );
    const outcome = await deps.dispatcher.run(c.req.param('method') ?? '', form, 'http', gone);
    return await perform(outcome, c, AbortSignal.any([gone, deps.closing]));
  } catch (cause) {
    if (cause instanceof ApiError) {
      return c.json(errorBody(cause), cause.code as ContentfulStatusCode);
    }
    // The caller hung up in the middle of its own words: there is nobody to answer.
    if (c.env?.incoming?.readableAborted) return c.body(null, 400);
    throw cause;
  }
}

/** More than an album of the largest files: nothing worth reading. */
function refuse(): never {
  throw tooLarge();
}

async function perform(outcome: Outcome, c: Ctx, end: AbortSignal): Promise<Response> {
  if (outcome.do === 'answer') {
    return c.json(outcome.body as object, outcome.status as ContentfulStatusCode);
  }
  if (outcome.do === 'hang') {
    await new Promise<void>((resolve) => {
      if (end.aborted) resolve();
      end.addEventListener('abort', () => resolve());
    });
  }
  c.env?.incoming?.socket.destroy();
  return c.body(null, 502);
}

/**
 * The raw request where there is one: a web stream around it would cost a copy of every chunk
 * of an upload.
 */
function bodyOf(c: Ctx): AsyncIterable<Uint8Array> | null {
  if (c.env?.incoming) return c.env.incoming;
  return c.req.raw.body as AsyncIterable<Uint8Array> | null;
}

function goneSignal(c: Ctx): AbortSignal {
  const outgoing = c.env?.outgoing;
  if (!outgoing) return c.req.raw.signal;
  const controller = new AbortController();
  outgoing.once('close', () => controller.abort());
  return controller.signal;
}
