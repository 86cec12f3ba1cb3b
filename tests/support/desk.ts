/**
 * The whole bot in this process with a web site made of words: real store, chat handlers, queue,
 * ffmpeg and Bot API, so that a conversation takes a fraction of a second. What yt-dlp would find
 * at a link and bring from it is what a test says.
 */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEdge } from '../../edge/app.ts';
import { memoryLimiter } from '../../edge/limiter.ts';
import { buildBase } from '../../node/build/base.ts';
import type { Engines } from '../../node/build/engines.ts';
import type { Surroundings } from '../../node/build/surroundings.ts';
import { buildTalk } from '../../node/build/talk.ts';
import { buildTelegram } from '../../node/build/telegram.ts';
import { buildWork, type Work } from '../../node/build/work.ts';
import type { YtdlpCare } from '../../node/build/ytdlp.ts';
import type { ChatParts } from '../../node/chat/parts.ts';
import { loadConfig } from '../../node/config/config.ts';
import { parseAllowList } from '../../node/egress/allow-list.ts';
import { publicFetchDispatcher } from '../../node/egress/fetch.ts';
import type { DownloadRequest } from '../../node/engine/download-run.ts';
import type { Format, MediaInfo } from '../../node/engine/media-info.ts';
import { withProbeMemory } from '../../node/engine/probe-memory.ts';
import type { Ytdlp } from '../../node/engine/ytdlp.ts';
import { createLog } from '../../node/log.ts';
import { createReleases } from '../../node/releases.ts';
import type { User } from '../../node/sandbox/bot-api/shapes.ts';
import type { Store } from '../../node/store/store.ts';
import type { FfmpegInstall } from '../../node/tools/ffmpeg.ts';
import { startUpdates } from '../../node/updates/start.ts';
import { JobError } from '../../shared/errors.ts';
import { freePort } from './bot.ts';
import { type RunningBotApi, startBotApi } from './bot-api.ts';
import { CLIP, clips } from './clips.ts';

/** What stands behind the links of the site, by the last word of their path. */
export type Page = () => Partial<MediaInfo>;

export interface Desk {
  telegram: RunningBotApi;
  store: Store;
  work: Work;
  /** Pages by name; `/NAME/anything` is found by NAME, everything else is a short video. */
  pages: Map<string, Page>;
  /** Called before each download; what it throws is what yt-dlp met. */
  beforeDownload: { run(request: DownloadRequest): void | Promise<void> };
  /** What answers requests, for tests that hand them over themselves. */
  chat: ChatParts;
  /** Updates of the Bot API are not asked for any more. */
  deafen(): Promise<void>;
  /** What was downloaded, by the plan. */
  downloads: DownloadRequest['plan'][];
  close(): Promise<void>;
}

export interface DeskOptions {
  ffmpeg: FfmpegInstall;
  env?: Record<string, string>;
}

const video = (id: string, height: number, bytes: number, rank: number): Format => ({
  ...{ id, ext: 'mp4', protocol: 'https', vcodec: 'avc1.42c01f', acodec: 'mp4a.40.2' },
  ...{ height, width: (height * 16) / 9, rank, size: { bytes, exact: true } },
});

const page = (url: string, more: Partial<MediaInfo>): Omit<MediaInfo, 'infoFile'> => ({
  ...{ id: url, title: 'small', extractor: 'Generic', webpageUrl: url, duration: 4, live: 'no' },
  formats: [video('360', 360, 200_000, 0), video('720', 720, 700_000, 1)],
  subtitles: [
    { language: 'fa', auto: false },
    { language: 'en', auto: true },
  ],
  ...more,
});

export async function startDesk({ ffmpeg, env = {} }: DeskOptions): Promise<Desk> {
  const telegram = await startBotApi();
  const dataDir = await mkdtemp(join(tmpdir(), 'postchi-desk-'));
  const releases = createReleases();
  const log = createLog({ level: 'silent', format: 'json' });
  const config = loadConfig({
    ...{ BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.root, MAX_FILE_MB: '50' },
    ...{ DATA_DIR: dataDir, PORT: String(await freePort()), MAX_CONCURRENT_DOWNLOADS: '4' },
    ...env,
  });
  const base = await buildBase(config, log, releases.push);
  const site = wordsSite(await clips());
  const remembered = await withProbeMemory(site.ytdlp, { dir: base.paths.probes, log });
  const around = {
    ...{
      ffmpeg,
      adminIds: new Set(config.adminIds),
      web: publicFetchDispatcher({ allow: parseAllowList('') }),
    },
    account: { token: telegram.token, apiRoot: telegram.root },
  } as unknown as Surroundings;
  const engines = {
    ...{ ytdlp: remembered.ytdlp, memory: remembered.memory, jars: { list: () => [] } },
    gallery: { ready: false, install: undefined, fetch: refusePictures, close: async () => {} },
  } as unknown as Engines;
  const api = buildTelegram(base, around);
  const work = await buildWork(base, around, engines, api);
  const { inbox, chat } = buildTalk(base, around, engines, api, work, {} as YtdlpCare, {});
  work.runner.begin();
  const app = createEdge({
    ...{ secret: 'desk', limits: { user: 0, global: 0 }, adminIds: around.adminIds, log },
    ...{ limiter: memoryLimiter(), handOver: inbox.take, botName: () => base.bot.name },
  });
  await inbox.resume();
  const updates = await startUpdates({
    ...{ updates: { mode: 'polling' }, api, log, edge: { app, secret: 'desk' } },
    cluster: base.cluster,
    onName: (name) => {
      base.bot.name = name;
    },
  });
  releases.push('updates', updates.stop);
  return {
    ...{ telegram, store: base.store, work, chat, deafen: updates.stop },
    ...{ pages: site.pages, beforeDownload: site.beforeDownload, downloads: site.downloads },
    async close() {
      await work.runner.drain(0);
      await releases.run((name, cause) => {
        throw new Error(`${name} did not close`, { cause });
      });
      await around.web.close();
      await telegram.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const refusePictures = async () => {
  throw new JobError('unsupported_link');
};

function wordsSite(folder: string) {
  const pages = new Map<string, Page>();
  const beforeDownload: Desk['beforeDownload'] = { run() {} };
  const downloads: DownloadRequest['plan'][] = [];
  const ytdlp: Ytdlp = {
    async probe({ url, dir }) {
      const found = pages.get(new URL(url).pathname.split('/')[1] ?? '')?.() ?? {};
      const infoFile = join(dir, 'info.json');
      await writeFile(infoFile, '{}');
      return { ...page(url, found), infoFile };
    },
    async download(request) {
      await Promise.race([beforeDownload.run(request), stopped(request.signal)]);
      downloads.push(request.plan);
      return { files: [await bring(request, folder)], merged: false };
    },
  };
  return { pages, beforeDownload, downloads, ytdlp };
}

let lastPerson = 5_000;

/** Somebody who has never written before. */
export function newcomer(language_code: 'en' | 'fa'): User {
  lastPerson += 1;
  return { id: lastPerson, is_bot: false, first_name: `P${lastPerson}`, language_code };
}

const stopped = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

/** The kind of file a plan asks for. */
async function bring({ plan, dir }: DownloadRequest, folder: string): Promise<string> {
  if (plan.subtitles) {
    const file = join(dir, `001.${plan.subtitles.language}.srt`);
    await writeFile(file, '1\n00:00:00,000 --> 00:00:02,000\nسلام\n');
    return file;
  }
  const audio = plan.audio !== undefined;
  const file = join(dir, audio ? `001.${plan.audio?.format}` : '001.mp4');
  await copyFile(join(folder, audio ? CLIP.mp3 : CLIP.small), file);
  return file;
}
