/**
 * gallery-dl, the engine for posts without a video: pictures, carousels, albums. It runs as
 * yt-dlp does, in a process group of its own with the same limits and environment, through the
 * egress proxy. It is looked for, and installed, when the first post needs it.
 */
import { readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import * as v from 'valibot';
import { type ErrorCode, JobError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import type { GalleryInstall } from '../tools/gallery.ts';
import type { EngineExit } from './engine.ts';
import { codeOf } from './failure.ts';
import { folderBytes } from './folder-size.ts';
import { guarded } from './guarded.ts';
import { GALLERY_PROXY } from './hidden-proxy.ts';
import { spawnEngine } from './spawn.ts';
import { watchdog } from './watchdog.ts';

export interface GalleryRequest {
  url: string;
  /** The job's folder; it exists. */
  dir: string;
  /** A Netscape cookie file made for this job alone. */
  cookies?: string | undefined;
  signal: AbortSignal;
  /** Bytes of one file; larger ones are left out. */
  maxBytes: number;
  /** Bytes on the disk so far. */
  onProgress(done: number): void;
}

export interface GalleryPost {
  title: string;
  /** Absolute paths, in the order of the post. */
  files: string[];
}

export interface Gallery {
  /** It is at hand: nothing has to be installed for the next post. */
  readonly ready: boolean;
  /** What is at hand. */
  readonly install: GalleryInstall | undefined;
  /** @throws JobError; `unsupported_link` when it knows no such site or cannot be had */
  fetch(request: GalleryRequest): Promise<GalleryPost>;
  close(): Promise<void>;
}

export interface GalleryOptions {
  /** Finds it without the network, at the start. */
  found: GalleryInstall | undefined;
  install(): Promise<GalleryInstall | undefined>;
  proxyUrl: string;
  log: Log;
  now?: () => number;
}

/** Three albums: the longest carousels of today hold 20 to 35. */
const MAX_PICTURES = 30;
/** A machine that could not install it is not asked again for every post. */
const ASK_AGAIN_MS = 3_600_000;
/** Bytes of a whole post, in files of the largest size. */
const POST_FACTOR = 5;

export function createGallery(options: GalleryOptions): Gallery {
  const { log, now = Date.now } = options;
  let install = options.found;
  let asking: Promise<GalleryInstall | undefined> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  const engines = new Map<string, ReturnType<typeof spawnEngine>>();

  async function engine() {
    if (!install && now() - askedAt >= ASK_AGAIN_MS) {
      asking ??= options.install().finally(() => {
        askedAt = now();
        asking = undefined;
      });
    }
    install ??= await asking;
    if (!install) throw new JobError('unsupported_link', 'no gallery-dl here');
    const { bin } = install;
    const known = engines.get(bin) ?? spawnEngine({ install: { bin }, proxyFile: GALLERY_PROXY });
    engines.set(bin, known);
    return known;
  }

  async function fetch(request: GalleryRequest): Promise<GalleryPost> {
    const outDir = join(request.dir, 'out');
    await mkdir(outDir, { recursive: true });
    const files: string[] = [];
    const tripped = new AbortController();
    const dog = watchdog({
      maxBytes: request.maxBytes * POST_FACTOR,
      folderBytes: () => folderBytes(outDir),
      onTrip: (error) => tripped.abort(error),
    });
    const runner = await engine();
    let done = 0;
    const take = (line: string) => {
      const path = pictureOf(line, outDir);
      if (!path || files.includes(path)) return;
      files.push(path);
      done += statSync(path).size;
      request.onProgress(done);
    };
    dog.start();
    try {
      const exit = await guarded(AbortSignal.any([request.signal, tripped.signal]), (signal) =>
        runner.run({
          argv: argvOf(request, outDir, options.proxyUrl),
          cwd: request.dir,
          signal,
          maxFileBytes: Math.ceil(request.maxBytes * 1.1) + (1 << 20),
          onStdout: take,
          onStderr: (line) => log.debug({ line }, 'gallery-dl'),
        }),
      );
      return resultOf(exit, files, outDir);
    } finally {
      dog.stop();
    }
  }

  return {
    get ready() {
      return install !== undefined;
    },
    get install() {
      return install;
    },
    fetch,
    async close() {
      await Promise.all([...engines.values()].map((one) => one.close()));
    },
  };
}

/** No text of a person is an option: the link stands after `--`, names are made of ASCII. */
function argvOf({ url, cookies, maxBytes }: GalleryRequest, outDir: string, proxy: string) {
  return [
    ...['--config-ignore', '--no-input', '--no-colors', '--no-mtime', '--proxy', proxy],
    ...['--http-timeout', '15', '--retries', '2', '--filesize-max', String(maxBytes)],
    ...['--range', `1-${MAX_PICTURES}`, '--write-info-json', '-D', outDir],
    ...['-o', 'path-restrict=ascii', '-f', '{num:>03}_{filename[:40]}.{extension}'],
    // It would hand videos to a yt-dlp in its own process: without the plan, out of sight.
    ...['-o', 'downloader.ytdl.enabled=false', ...(cookies ? ['--cookies', cookies] : [])],
    '--',
    url,
  ];
}

/** It prints the path of each file it wrote; anything else on stdout is none of ours. */
function pictureOf(line: string, outDir: string): string | undefined {
  const path = resolve(outDir, line.trim());
  if (!path.startsWith(outDir + sep) || path.endsWith('.json')) return undefined;
  const entry = statSync(path, { throwIfNoEntry: false });
  return entry?.isFile() && entry.size > 0 ? path : undefined;
}

/** Bits of its exit code (gallery_dl/exception.py). */
const EXIT: readonly (readonly [number, ErrorCode])[] = [
  [64, 'unsupported_link'],
  [16, 'login_required'],
  [8, 'not_found'],
];
/** The egress proxy speaks through its reason phrase: `'403 private_address' for 'http://…'`. */
const REFUSED = /'?\d{3}:? (private_address|no_such_host|site_unreachable)/;

function resultOf({ code, stderr }: EngineExit, files: string[], outDir: string): GalleryPost {
  const last = stderr.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
  if (files.length > 0) {
    if (code !== 0) throw new JobError('incomplete', last);
    return { title: titleOf(outDir), files };
  }
  if (code === 0) throw new JobError('no_media', last);
  const refused = REFUSED.exec(stderr)?.[1] as ErrorCode | undefined;
  const byBit = EXIT.find(([bit]) => ((code ?? 0) & bit) !== 0)?.[1];
  throw new JobError(refused ?? byBit ?? codeOf(last) ?? 'extractor_broken', last);
}

const words = v.fallback(v.optional(v.string()), undefined);
const Info = v.looseObject({
  title: words,
  description: words,
  content: words,
  caption: words,
  fullname: words,
  username: words,
  category: words,
});

/** What the post says of itself, else whose it is, else the site. */
function titleOf(outDir: string): string {
  try {
    const info = v.parse(Info, JSON.parse(readFileSync(join(outDir, 'info.json'), 'utf8')));
    const said = [info.title, info.description, info.content, info.caption];
    const whose = [info.fullname, info.username, info.category];
    return [...said, ...whose].find((text) => text?.trim())?.trim() ?? '';
  } catch {
    // A few extractors write none: pictures without a title are still the pictures.
    return '';
  }
}
