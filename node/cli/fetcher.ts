/** What downloads, without Telegram, database or queue: for `smoke` and `doctor`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { openCookieJars } from '../cookies/jars.ts';
import { withCookies } from '../cookies/with-cookies.ts';
import { parseAllowList } from '../egress/allow-list.ts';
import { type EgressProxy, startEgressProxy } from '../egress/proxy.ts';
import { networkPrefixes } from '../egress/translation.ts';
import { type ChosenEngine, createEngine } from '../engine/create-engine.ts';
import { createYtdlp, type Ytdlp } from '../engine/ytdlp.ts';
import type { Log } from '../log.ts';
import { dataPaths } from '../paths.ts';
import { createReleases } from '../releases.ts';
import { ensureFfmpeg, type FfmpegInstall } from '../tools/ffmpeg.ts';
import { findJsRuntime } from '../tools/js-runtime.ts';
import { ensureYtdlp } from '../tools/ytdlp.ts';

export interface Fetcher {
  ytdlp: Ytdlp;
  ffmpeg: FfmpegInstall;
  engine: ChosenEngine;
  proxy: EgressProxy;
  /** Gone with `close`. */
  dir: string;
  close(): Promise<void>;
}

/** @throws YtdlpMissing, FfmpegMissing */
export async function openFetcher(config: Config, log: Log): Promise<Fetcher> {
  const releases = createReleases();
  const close = () => releases.run((part, err) => log.error({ part, err }, 'a part did not close'));
  try {
    return { ...(await open(config, log, releases.push)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  config: Config,
  log: Log,
  opened: (name: string, release: () => unknown) => void,
): Promise<Omit<Fetcher, 'close'>> {
  const paths = dataPaths(config.dataDir);
  const [ffmpeg, install, js] = await Promise.all([
    ensureFfmpeg({ path: config.ffmpegPath, dir: paths.tools, log }),
    ensureYtdlp({ path: config.ytdlpPath, dir: paths.ytdlp, log }),
    findJsRuntime({ dir: paths.tools }),
  ]);
  const dir = await mkdtemp(join(tmpdir(), 'postchi-cli-'));
  opened('folder', () => rm(dir, { recursive: true, force: true }));
  const proxy = await startEgressProxy({
    allow: parseAllowList(config.egressAllow),
    upstream: config.egressProxy,
    fakeIp: config.egressFakeIp,
    prefixes: networkPrefixes(),
    log,
  });
  opened('egress proxy', proxy.close);
  const common = { ffmpeg: ffmpeg.ffmpeg, cacheDir: paths.cache, jsFlags: js.flags, log };
  const engine = await createEngine({ kind: config.engine, install, ...common });
  opened('engine', () => engine.engine.close());
  const bare = createYtdlp({ engine: engine.engine, proxyUrl: proxy.url, ...common });
  // Signed in as the bot is. What a site sets is not kept: a running node owns the jars.
  const { lend } = await openCookieJars({ dir: paths.cookies, log });
  const ytdlp = withCookies(bare, { lend, giveBack: async () => {} });
  return { ytdlp, ffmpeg, engine, proxy, dir };
}
