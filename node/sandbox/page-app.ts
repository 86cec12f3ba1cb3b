/** The chat page, its live events and what it can do. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import * as v from 'valibot';
import { fontsDir } from '../paths.ts';
import { ApiError } from './bot-api/api-error.ts';
import type { BotApi } from './bot-api/bot-api.ts';
import { sendFile } from './bot-api/send-file.ts';
import { UploadWriter } from './bot-api/upload.ts';
import type { Change } from './bot-api/world.ts';
import { snapshot } from './page-state.ts';
import type { Sample } from './samples/samples.ts';

export interface PageOptions {
  api: BotApi;
  samples: readonly Sample[];
  /** Folder of the static files; found beside this module unless told. */
  pageDir?: string | undefined;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
};

/**
 * `page/` lies beside the bundle (`dist/page`) and beside this source file (`node/sandbox/page`)
 * alike; a bundle started from elsewhere names the folder instead.
 */
const defaultPageDir = () => fileURLToPath(new URL('./page/', import.meta.url));

export function pageApp({ api, samples, pageDir = defaultPageDir() }: PageOptions): Hono {
  if (!existsSync(join(pageDir, 'index.html'))) {
    throw new Error(`the chat page is missing: expected index.html in ${pageDir}`);
  }
  const app = new Hono();
  app.get('/', (c) => asset(c, pageDir, 'index.html'));
  app.get('/page/:file{[a-z-]+\\.(?:js|css|svg)}', (c) => asset(c, pageDir, c.req.param('file')));
  app.get('/page/vazirmatn.ttf', (c) => asset(c, fontsDir(), 'Vazirmatn-Regular.ttf'));
  app.get('/sandbox/events', (c) => events(c, api, samples));
  app.get('/sandbox/file/:id', (c) => file(c, api));
  app.post('/sandbox/act', (c) => act(c, api));
  app.post('/sandbox/document', (c) => document(c, api));
  return app;
}

async function asset(c: Context, dir: string, name: string): Promise<Response> {
  const found = await readFile(join(dir, name)).catch(() => undefined);
  if (!found) return c.notFound();
  return c.body(new Uint8Array(found), 200, {
    'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
  });
}

const PING_MS = 15_000;

/** A snapshot, then every change; one that a snapshot tells better sends a new snapshot. */
function events(c: Context, api: BotApi, samples: readonly Sample[]): Response {
  return streamSSE(c, async (stream) => {
    const send = (event: string, data: unknown) =>
      stream.writeSSE({ event, data: JSON.stringify(data) });
    const all = () => send('state', snapshot(api, samples));
    const onChange = (change: Change) =>
      void (change.kind === 'commands' || change.kind === 'member'
        ? all()
        : send('change', change));
    // Before the snapshot, or a change between the two would be missed.
    api.events.on('change', onChange);
    await all();
    const ping = setInterval(() => void send('ping', 0), PING_MS);
    await new Promise<void>((resolve) => stream.onAbort(resolve));
    clearInterval(ping);
    api.events.off('change', onChange);
  });
}

async function file(c: Context, api: BotApi): Promise<Response> {
  const found = api.files.find(c.req.param('id') ?? '');
  if (!found) return c.notFound();
  const name = c.req.query('download');
  return sendFile(found.path, c.req.header('range'), {
    'content-type': found.mime,
    // A document may be a page of somebody else: it must not run as part of this one.
    'content-security-policy': 'sandbox',
    ...(name !== undefined && {
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    }),
  });
}

const id = v.pipe(v.number(), v.safeInteger());
const Act = v.variant('act', [
  v.object({
    act: v.literal('say'),
    chat: id,
    user: id,
    text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(4096)),
    replyTo: v.optional(id),
    threadId: v.optional(id),
  }),
  v.object({ act: v.literal('press'), message: id, user: id, data: v.string() }),
  v.object({ act: v.literal('block'), user: id, blocked: v.boolean() }),
  v.object({ act: v.literal('inline'), user: id, query: v.pipe(v.string(), v.maxLength(256)) }),
  v.object({
    act: v.literal('choose'),
    query: v.string(),
    result: v.string(),
    chat: id,
    threadId: v.optional(id),
  }),
]);

async function act(c: Context, api: BotApi): Promise<Response> {
  const body: unknown = await c.req.json().catch(() => undefined);
  const parsed = v.safeParse(Act, body);
  if (!parsed.success) return c.json({ error: parsed.issues[0].message }, 400);
  try {
    return c.json({ id: perform(parsed.output, api) });
  } catch (cause) {
    if (cause instanceof ApiError) return c.json({ error: cause.description }, 400);
    throw cause;
  }
}

function perform(asked: v.InferOutput<typeof Act>, api: BotApi): string | number {
  if (asked.act === 'press') return api.press(asked.message, asked.data, asked.user);
  if (asked.act === 'inline') return api.inline(asked.user, asked.query);
  if (asked.act === 'choose') {
    return api.choose(asked.query, asked.result, asked.chat, asked.threadId).message_id;
  }
  if (asked.act === 'block') {
    if (asked.blocked) api.blockBot(asked.user);
    else api.unblockBot(asked.user);
    return asked.user;
  }
  const { chat, user, text, replyTo, threadId } = asked;
  // As in Telegram, whoever writes to a bot they had blocked lets it speak again.
  const blocked = chat === user && api.world.chat(chat).members.get(api.world.bot.id) === 'kicked';
  if (blocked) api.unblockBot(user);
  const where = { ...(replyTo && { replyTo }), ...(threadId && { threadId }) };
  return api.say(chat, user, { text, ...where }).message_id;
}

const DocumentQuery = v.object({
  chat: v.pipe(v.string(), v.transform(Number), id),
  user: v.pipe(v.string(), v.transform(Number), id),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
});

/** The body is the file itself, streamed to disk. */
async function document(c: Context, api: BotApi): Promise<Response> {
  const query = v.safeParse(DocumentQuery, c.req.query());
  if (!query.success) return c.json({ error: query.issues[0].message }, 400);
  const writer = new UploadWriter(join(api.dir, randomUUID()), api.maxUploadBytes);
  try {
    for await (const chunk of c.req.raw.body ?? []) await writer.write(Buffer.from(chunk));
  } catch (cause) {
    await writer.drop();
    throw cause;
  }
  const upload = await writer.close({ name: query.output.name });
  if (upload.tooLarge) return c.json({ error: 'The file is too large' }, 413);
  return c.json({ id: api.sendDocument(query.output.chat, query.output.user, upload).message_id });
}
