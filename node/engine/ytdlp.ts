/**
 * Probe and download, the two things a job asks of yt-dlp, on top of either engine.
 * Both throw `JobError`; the probe's JSON is what the download starts from, so a job extracts once.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JobError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import { downloadArgv, probeArgv } from './argv.ts';
import { collect, type Downloaded, type DownloadRequest } from './download-run.ts';
import type { Engine, EngineExit } from './engine.ts';
import { errorOf, knownError } from './failure.ts';
import { guarded } from './guarded.ts';
import { parseInfo } from './info.ts';
import type { MediaInfo } from './media-info.ts';
import { isInPieces, type PiecesInfo, partInfo } from './part.ts';
import type { Reading } from './part-request.ts';
import { type JoinPieces, piecesOf } from './pieces.ts';
import { progressMeter } from './progress.ts';
import { webOnly } from './web-only.ts';

export interface YtdlpOptions {
  engine: Engine;
  ffmpeg: string;
  /** The egress proxy. */
  proxyUrl?: string | undefined;
  jsFlags: readonly string[];
  cacheDir: string;
  log: Log;
  /** Reads playlists and clocks, so that of a stream only a clip's segments are fetched. */
  reading?: Reading;
  /** Joins what of a clip lies on both sides of a break. */
  join?: JoinPieces;
  /** ms a probe may take. */
  probeTimeoutMs?: number;
}

export interface ProbeRequest {
  url: string;
  /** The job's folder; it exists. */
  dir: string;
  /** A Netscape cookie file made for this job alone. */
  cookies?: string | undefined;
  signal: AbortSignal;
}

export interface Ytdlp {
  probe(request: ProbeRequest): Promise<MediaInfo>;
  download(request: DownloadRequest): Promise<Downloaded>;
}

/** Infos of long videos are about 3 MB; a page with a hundred videos fits as well. */
const MAX_PROBE_FILE = 64 * 1024 * 1024;

export function createYtdlp(options: YtdlpOptions): Ytdlp {
  const { engine, log, probeTimeoutMs = 90_000 } = options;
  const common = (cookies: string | undefined) => ({
    proxy: options.proxyUrl,
    ffmpeg: options.ffmpeg,
    cacheDir: options.cacheDir,
    jsFlags: options.jsFlags,
    cookies,
  });

  async function probe({ url, dir, cookies, signal }: ProbeRequest): Promise<MediaInfo> {
    const deadline = AbortSignal.timeout(probeTimeoutMs);
    let json: unknown;
    const exit = await guarded(AbortSignal.any([signal, deadline]), (both) =>
      engine.run({
        argv: probeArgv({ ...common(cookies), url }),
        cwd: dir,
        signal: both,
        maxFileBytes: MAX_PROBE_FILE,
        keep: true,
        onStdout: (line) => {
          if (line.startsWith('{')) json = parseJson(line);
        },
        onStderr: (line) => log.debug({ line }, 'yt-dlp'),
      }),
    ).catch((cause) => {
      if (deadline.aborted && !signal.aborted)
        throw new JobError('timed_out', `no answer to the probe within ${probeTimeoutMs} ms`);
      throw cause;
    });
    if (json === undefined) throw errorOf(exit);
    return keepInfo(webOnly(json), dir, exit);
  }

  async function download(request: DownloadRequest): Promise<Downloaded> {
    const { info, plan, dir, cookies, maxBytes } = request;
    const outDir = join(dir, 'out');
    const tempDir = join(dir, 'tmp');
    await Promise.all([mkdir(outDir, { recursive: true }), mkdir(tempDir, { recursive: true })]);
    const args = { ...common(cookies), ...plan, infoFile: info.infoFile, outDir, tempDir };
    const whole = plan.clip !== undefined && !isPlainFile(info, plan.format);
    const part = whole ? await partOf(request) : undefined;
    const run = (argv: string[]) => collect({ engine, log, argv, outDir, ...request });
    if (part && isInPieces(part)) {
      const { infoFile, format } = part;
      const files = { ...args, infoFile, format, maxBytes, transport: true };
      const plain = { ...files, clip: undefined, audio: undefined, mergeTo: undefined };
      const clip = await joined(request, part, await run(downloadArgv(plain)));
      return clip ?? run(downloadArgv({ ...args, maxBytes, whole }));
    }
    return run(downloadArgv({ ...args, ...part, maxBytes, whole }));
  }

  /** Less to fetch of a stream in segments; undefined where the whole is needed. */
  async function partOf({ info, plan, dir, signal }: DownloadRequest) {
    const { reading, join } = options;
    if (!reading || !plan.clip) return undefined;
    const { infoFile } = info;
    const found = await partInfo({
      ...{ infoFile, format: plan.format, clip: plan.clip, dir, signal },
      ...reading,
    });
    return found && isInPieces(found) && !join ? undefined : found;
  }

  /** Undefined for pieces of other kinds, one without sound perhaps: then the whole is needed. */
  async function joined(
    { info, plan, dir, signal, onProgress }: DownloadRequest,
    part: PiecesInfo,
    { files }: Downloaded,
  ): Promise<Downloaded | undefined> {
    onProgress(progressMeter().processing());
    const pieces = piecesOf(files, part);
    const to = plan.audio?.format ?? plan.mergeTo ?? 'mp4';
    const { title, uploader, artist = uploader } = info;
    const file = await options
      .join?.({ pieces, to, title, artist, dir, signal })
      .catch((error: unknown) => {
        if (!(error instanceof JobError) || error.code !== 'convert_failed') throw error;
        log.info({ detail: error.detail }, 'the pieces of a clip could not be joined');
        return undefined;
      });
    await Promise.all(files.map((path) => rm(path, { force: true })));
    return file === undefined ? undefined : { files: [file], merged: true };
  }

  return { probe, download };
}

/** Every chosen format is one file behind one address; a selector nobody knows is taken for none. */
function isPlainFile({ formats }: MediaInfo, selector: string): boolean {
  const chosen = selector.split('+').map((id) => formats.find((format) => format.id === id));
  return chosen.every((format) => format && /^https?$/.test(format.protocol));
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Cut off by the line limit: it is told as the extractor's failure, with stderr beside it.
    return undefined;
  }
}

/**
 * Writes the JSON for `--load-info-json` and returns what it tells. The page's address is left
 * out of a single video's file: with it yt-dlp would answer a failed download by extracting the
 * page again, in the middle of the job's own retries.
 */
async function keepInfo(json: unknown, dir: string, exit: EngineExit): Promise<MediaInfo> {
  const infoFile = join(dir, 'info.json');
  const info = parseInfo(json, infoFile);
  const known = info.items ?? info.entries ?? (info.live === 'no' ? info.formats : undefined);
  if (known?.length === 0) throw noFormats(exit);
  const isPlaylist = info.items !== undefined || info.entries !== undefined;
  const { webpage_url: _page, original_url: _original, ...kept } = json as Record<string, unknown>;
  await writeFile(infoFile, JSON.stringify(isPlaylist ? json : kept), { mode: 0o600 });
  return info;
}

/** The reason is a warning then, because missing formats were to be ignored. */
const noFormats = (exit: EngineExit): JobError =>
  knownError(exit.stderr) ?? new JobError('no_media');
