/**
 * The look at an ordinary MP4 without starting ffmpeg, where a Python has PyAV: its libraries are
 * loaded once and a forked child decodes one keyframe. Whatever is not ordinary, and whatever goes
 * wrong, is left to ffmpeg. Why: docs/decisions/0006-thumbnails.md.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { JobError } from '../../shared/errors.ts';
import { MEDIA_FORMATS } from '../engine/media-formats.ts';
import { type WarmEngine, warmEngine } from '../engine/warm.ts';
import type { Log } from '../log.ts';
import type { Banner } from './banner.ts';
import { FIRST_PICTURE, type Pictured, usableFirst } from './thumbnail.ts';

export interface QuickLook {
  /** Undefined when ffmpeg has to look. @throws the signal's reason when aborted */
  look(path: string, dir: string, signal?: AbortSignal): Promise<Pictured | undefined>;
  readonly serverPid: number | undefined;
  close(): Promise<void>;
}

const Facts = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    container: v.string(),
    duration: v.nullable(v.number()),
    video: v.object({
      codec: v.string(),
      pixels: v.string(),
      width: v.number(),
      height: v.number(),
    }),
    audio: v.nullable(v.object({ codec: v.string() })),
  }),
);

/** A keyframe takes milliseconds; a decoder that loops is ended by then. */
const LONGEST_S = 30;
/** Bytes: the child writes nothing but the picture. */
const MAX_WRITTEN = 1024 * 1024;
/** ms without quick looks after the fork server could not be started. */
const REST_MS = 60_000;

export interface OpenQuickLook {
  /** A Python that imports `av`. */
  python: string;
  log: Log;
  now?: () => number;
}

export async function openQuickLook(options: OpenQuickLook): Promise<QuickLook> {
  const { python, log, now = Date.now } = options;
  const engine = await warmEngine({
    ...{ python: { exe: python, importPath: folder() }, entry: 'postchi_look:main' },
    ...{ warmUp: null, wallSeconds: LONGEST_S, name: 'look server', log },
  });
  let restsUntil = 0;
  return {
    get serverPid() {
      return engine.serverPid;
    },
    close: engine.close,
    async look(path, dir, signal = new AbortController().signal) {
      if (now() < restsUntil) return undefined;
      try {
        return await pictured(engine, path, dir, signal);
      } catch (cause) {
        signal.throwIfAborted();
        if (!(cause instanceof JobError)) throw cause;
        restsUntil = now() + REST_MS;
        log.warn({ err: cause }, 'no quick looks for a while: ffmpeg looks instead');
        return undefined;
      }
    },
  };
}

async function pictured(
  engine: WarmEngine,
  path: string,
  dir: string,
  signal: AbortSignal,
): Promise<Pictured | undefined> {
  let said = '';
  const { code } = await engine.run({
    argv: [path, join(dir, FIRST_PICTURE), MEDIA_FORMATS],
    ...{ cwd: dir, signal, maxFileBytes: MAX_WRITTEN },
    onStdout: (line) => {
      said = line;
    },
    onStderr: () => {},
  });
  signal.throwIfAborted();
  const facts = v.safeParse(Facts, said);
  if (code !== 0 || !facts.success) return undefined;
  const thumbnail = await usableFirst(dir);
  return thumbnail ? { thumbnail, banner: bannerOf(facts.output) } : undefined;
}

const bannerOf = ({ duration, audio, ...rest }: v.InferOutput<typeof Facts>): Banner => ({
  ...rest,
  duration: duration ?? undefined,
  audio: audio ?? undefined,
});

/** Beside the sources, and beside the built `node.js`. */
function folder(): string {
  const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const beside = at('./look');
  return existsSync(beside) ? beside : at('./media/look');
}
