/** yt-dlp, ffmpeg, the JavaScript runtime and the engine. */
import type { YtdlpInstall } from '../engine/engine.ts';
import type { GalleryInstall } from '../tools/gallery.ts';
import { type Check, found, grade, type HealthSource } from './check.ts';

const DAY = 86_400_000;
/** Sites change within weeks; yt-dlp itself warns after 90 days. */
const AGE_DAYS = { warn: 60, bad: 90 };

/** Days since a version was published, from its name `YYYY.MM.DD`. */
export function ytdlpAgeDays(version: string, now: number): number {
  const [year = 0, month = 1, day = 1] = version.split('.').map(Number);
  return Math.max(0, Math.floor((now - Date.UTC(year, month - 1, day)) / DAY));
}

export interface OtherYtdlp {
  /** A later version that was found and is not in use yet. */
  newer?: string | undefined;
  /** What the other nodes use and this one could not get. */
  behind?: string | undefined;
}

export function ytdlpCheck(
  { version, source }: Pick<YtdlpInstall, 'version' | 'source'>,
  now: number,
  { newer, behind }: OtherYtdlp = {},
): Check {
  const days = ytdlpAgeDays(version, now);
  const late = newer ? `, ${newer} is available` : '';
  const alone = behind ? `; the other nodes use ${behind}, which this one could not get` : '';
  const detail = `${version} (${SOURCES[source]}), ${days} days old${late}${alone}`;
  const say: Check['say'] = (d) => d.ytdlp({ version, source, days, newer, behind });
  const age = grade(days, AGE_DAYS);
  return found(
    {
      ...{ name: 'ytdlp', detail, say, facts: { days } },
      state: behind && age === 'ok' ? 'warn' : age,
    },
    behind
      ? `put yt-dlp ${behind} on this node's PATH; the node's log says why it could not be fetched`
      : 'update yt-dlp: send /update to the bot, or put a newer one on PATH',
  );
}

const SOURCES: Record<YtdlpInstall['source'], string> = {
  env: 'YTDLP_PATH',
  path: 'from PATH',
  release: 'official release',
  debian: 'Debian package',
};

export const ffmpegCheck = (version: string): Check => ({
  name: 'ffmpeg',
  state: 'ok',
  detail: version,
  say: (d) => d.version(version),
});

/** It is fetched with the first post of pictures; `lacks`: what this machine needs for that. */
export const galleryCheck = (
  install: Pick<GalleryInstall, 'version' | 'source'> | undefined,
  lacks: string | undefined,
): Check => {
  const name = 'gallery' as const;
  if (install) {
    const detail = `${install.version} (${HOW[install.source]})`;
    return { name, state: 'ok', detail, say: (d) => d.version(install.version) };
  }
  if (lacks === undefined) {
    const detail = 'none yet, it is fetched for the first post of pictures';
    return { name, state: 'ok', detail, say: (d) => d.gallery.later };
  }
  const detail = `none, and ${lacks} is not there to fetch it: posts without a video are refused`;
  const say: Check['say'] = (d) => d.gallery.none(lacks);
  return found({ name, state: 'warn', detail, say }, 'run `pipx install gallery-dl`');
};

const HOW: Record<GalleryInstall['source'], string> = {
  path: 'from PATH',
  installed: 'installed before',
  debian: 'Debian package',
};

/** `flags` empty: yt-dlp has no JavaScript runtime. */
export const jsCheck = ({ flags, reason }: { flags: readonly string[]; reason: string }): Check =>
  found(
    {
      ...{ name: 'js', state: flags.length > 0 ? 'ok' : 'warn', detail: reason },
      say: (d) => (flags.length > 0 ? d.js.found(runtimeOf(flags)) : d.js.none),
    },
    'use Node 22 or newer, or install deno: YouTube needs one of them',
  );

/** `--js-runtimes node:/path` names it. */
const runtimeOf = (flags: readonly string[]) => flags.at(-1)?.split(':')[0] ?? '';

export interface EngineFacts {
  /** Why this engine was chosen. */
  why: string;
  warm: boolean;
  /** The fork server runs; always true without one. */
  alive: boolean;
  restarts: number;
}

export const engineSource = (read: () => EngineFacts): HealthSource => ({
  name: 'engine',
  check: () => engineCheck(read()),
});

/** `spawn` is slower, not broken: it is the operator's choice or says why it is not `warm`. */
export function engineCheck({ why, warm, alive, restarts }: EngineFacts): Check {
  const again = restarts > 0 ? `, restarted ${restarts} times` : '';
  const detail = warm ? `${why}, ${alive ? 'running' : 'not running'}${again}` : why;
  const facts = { restarts, warm: Number(warm), alive: Number(alive) };
  const say: Check['say'] = (d) => (warm ? d.engine.warm({ alive, restarts }) : d.engine.spawn);
  return found(
    { name: 'engine', state: alive ? 'ok' : 'warn', detail, say, facts },
    'see the log for "fork server"; ENGINE=spawn works without it',
  );
}
