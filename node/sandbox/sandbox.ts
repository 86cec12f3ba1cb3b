/**
 * The sandbox: an embedded Bot API, a chat page and sample links, all on the node's own HTTP
 * server. The bot knows nothing of it; it gets another TELEGRAM_API_ROOT and token.
 */
import { join } from 'node:path';
import { Hono } from 'hono';
import type { Log } from '../log.ts';
import { type BotApi, createBotApi } from './bot-api/bot-api.ts';
import { ADMIN } from './bot-api/personas.ts';
import { ownPagesOnly } from './own-pages.ts';
import { pageApp } from './page-app.ts';
import { Clips } from './samples/clips.ts';
import { type Sample, sampleList, samplesApp } from './samples/samples.ts';

export interface SandboxOptions {
  /** Where the node's HTTP server is reached, without a slash at the end. */
  baseUrl: string;
  /** Folder for uploads and sample media. */
  dir: string;
  /** Path of the ffmpeg executable; it makes the samples. */
  ffmpeg: string;
  log?: Log;
  /** Bytes; 50 MB unless told. */
  maxUploadBytes?: number;
  /** Folder of the chat page, when it is not beside the code. */
  pageDir?: string;
}

export interface Sandbox {
  app: Hono;
  token: string;
  apiRoot: string;
  /** `host:port` pairs that downloads may reach although private. */
  egressAllow: string[];
  adminIds: number[];
  samples: Sample[];
  api: BotApi;
  /** Makes the sample media in the background; asking for one makes it anyway. */
  warmUp(): Promise<void>;
  close(): void;
}

/** No secret: the embedded Bot API is the only one that takes it. */
export const SANDBOX_TOKEN = '7000000001:AAF-sandbox-token-of-the-embedded-api';

export function createSandbox(options: SandboxOptions): Sandbox {
  const { baseUrl, dir, ffmpeg, log, maxUploadBytes, pageDir } = options;
  const api = createBotApi({
    token: SANDBOX_TOKEN,
    dir: join(dir, 'files'),
    ...(maxUploadBytes && { maxUploadBytes }),
    ...(log && { log }),
  });
  const clips = new Clips({ ffmpeg, dir: join(dir, 'samples'), log });
  const samples = sampleList(baseUrl);
  const app = new Hono();
  for (const path of ['/', '/page/*', '/sandbox/*', '/bot*', '/file/*'])
    app.use(path, ownPagesOnly);
  app.route('/', pageApp({ api, samples, pageDir }));
  app.route('/', samplesApp({ baseUrl, clips, maxUploadBytes: api.maxUploadBytes }));
  app.route('/', api.app);
  return {
    app,
    api,
    samples,
    token: SANDBOX_TOKEN,
    apiRoot: baseUrl,
    egressAllow: [hostAndPort(baseUrl)],
    adminIds: [ADMIN.id],
    warmUp: () => clips.warmUp(),
    close: () => api.close(),
  };
}

function hostAndPort(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
