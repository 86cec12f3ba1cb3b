/**
 * Remembers what a link was found to hold for a few minutes: the menu of a video that has just
 * been delivered, and the choice made there, need no second extraction.
 */
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Log } from '../log.ts';
import type { MediaInfo } from './media-info.ts';
import type { Ytdlp } from './ytdlp.ts';

export interface ProbeMemory {
  /** What was found there not long ago; its `infoFile` must not be handed on. */
  peek(url: string): MediaInfo | undefined;
  /** Takes a better look at the same link over, e.g. with a size that was asked for. */
  improve(url: string, info: MediaInfo): void;
  clear(): Promise<void>;
}

export interface ProbeMemoryOptions {
  /** The infos (with headers and signed addresses) lie here. */
  dir: string;
  log: Log;
  /** ms; signed addresses of most sites hold for hours, some only for minutes. */
  ttlMs?: number;
  maxEntries?: number;
  /** Bytes of all infos together. */
  maxBytes?: number;
}

interface Known {
  info: MediaInfo;
  file: string;
  bytes: number;
}

/** The same port, with a memory of its own in front of `probe`. */
export async function withProbeMemory(
  ytdlp: Ytdlp,
  options: ProbeMemoryOptions,
): Promise<{ ytdlp: Ytdlp; memory: ProbeMemory }> {
  const { dir, log, ttlMs = 10 * 60_000, maxEntries = 100, maxBytes = 64 * 1024 * 1024 } = options;
  // What an earlier process left has no memory that points to it.
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let next = 0;
  const forget = ({ file }: Known) => {
    rm(file, { force: true }).catch((err) => log.warn({ err }, 'a probe could not be removed'));
  };
  const known = new LRUCache<string, Known>({
    ...{ max: maxEntries, maxSize: maxBytes, ttl: ttlMs },
    sizeCalculation: ({ bytes }) => Math.max(1, bytes),
    dispose: (entry, _url, why) => why !== 'set' && forget(entry),
  });

  async function remember(url: string, info: MediaInfo): Promise<void> {
    if (info.live !== 'no') return;
    next += 1;
    const file = join(dir, `${next}.json`);
    await copyFile(info.infoFile, file);
    const { size } = await stat(file);
    const before = known.peek(url);
    known.set(url, { info, file, bytes: size });
    if (before) forget(before);
  }

  async function recall(url: string, jobDir: string): Promise<MediaInfo | undefined> {
    const entry = known.get(url);
    if (!entry) return undefined;
    const infoFile = join(jobDir, 'info.json');
    try {
      await copyFile(entry.file, infoFile);
      return { ...entry.info, infoFile };
    } catch (err) {
      log.debug({ err }, 'a remembered probe went away');
      known.delete(url);
      return undefined;
    }
  }

  const urls = new WeakMap<MediaInfo, string>();
  const remembering: Ytdlp = {
    async probe(request) {
      const recalled = await recall(request.url, request.dir);
      const info = recalled ?? (await ytdlp.probe(request));
      urls.set(info, request.url);
      if (!recalled) await remember(request.url, info);
      return info;
    },
    async download(request) {
      try {
        return await ytdlp.download(request);
      } catch (error) {
        // An address that no longer works must not be tried again from memory.
        const url = urls.get(request.info);
        if (url && !request.signal.aborted && !isTooLarge(error)) known.delete(url);
        throw error;
      }
    },
  };
  const memory: ProbeMemory = {
    peek: (url) => known.get(url)?.info,
    improve(url, info) {
      const entry = known.get(url);
      if (entry) Object.assign(entry, { info });
    },
    async clear() {
      known.clear();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return { ytdlp: remembering, memory };
}

const isTooLarge = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'too_large';
