/**
 * Finds a yt-dlp that may be used, or installs one. The order is the contract's: `YTDLP_PATH`,
 * PATH, what was installed before, the official release, the newest Debian package.
 */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { YtdlpInstall } from '../engine/engine.ts';
import type { Log } from '../log.ts';
import type { Candidate } from './candidate.ts';
import { isExecutable, lastLine, onPath, type RunCommand, runCommand } from './command.ts';
import { installDebian } from './debian.ts';
import { findPython } from './python.ts';
import { installRelease } from './release.ts';
import { recall, remember } from './remembered.ts';
import { compareVersions, findVersion, YTDLP_FLOOR } from './version.ts';

export interface EnsureYtdlp {
  /** `YTDLP_PATH`: then nothing else is tried. */
  path?: string | undefined;
  /** Where one is installed; `DATA_DIR/yt-dlp`. */
  dir: string;
  log: Pick<Log, 'info' | 'warn'>;
  minVersion?: string;
  /** This one and no other: what was tried elsewhere. */
  version?: string | undefined;
  run?: RunCommand;
  release?: typeof installRelease;
  debian?: typeof installDebian;
}

export class YtdlpMissing extends Error {
  override readonly name = 'YtdlpMissing';
}

const INSTRUCTION = (floor: string) =>
  `No usable yt-dlp (${floor} or newer). Install one, e.g. \`pipx install "yt-dlp[default]"\` ` +
  'or the file `yt-dlp` of https://github.com/yt-dlp/yt-dlp/releases, then put it on PATH or set YTDLP_PATH.';

/**
 * @throws YtdlpMissing when every way failed; the message says what to install
 */
export async function ensureYtdlp(options: EnsureYtdlp): Promise<YtdlpInstall> {
  const { log, minVersion = YTDLP_FLOOR, run = runCommand } = options;
  // Wrapper and import path are used from other working folders.
  const dir = resolve(options.dir);
  const known = await recall(dir, options.path);
  if (known && compareVersions(known.version, minVersion) >= 0 && !options.version) return known;

  for (const [name, find] of ways({ ...options, dir }, run)) {
    try {
      for (const candidate of await find()) {
        const install = await examine(candidate, minVersion, run);
        if (options.version && install.version !== options.version)
          throw new Error(`it is ${install.version}, not ${options.version}`);
        await mkdir(dir, { recursive: true });
        await remember(dir, options.path, install);
        log.info({ version: install.version, source: install.source }, 'yt-dlp found');
        return install;
      }
    } catch (cause) {
      log.warn(`yt-dlp from ${name}: ${cause instanceof Error ? cause.message : cause}`);
    }
    if (options.path) break;
  }
  throw new YtdlpMissing(INSTRUCTION(minVersion));
}

type Way = readonly [string, () => Promise<Candidate[]>];

function ways(
  { path, dir, version, minVersion = YTDLP_FLOOR, ...rest }: EnsureYtdlp,
  run: RunCommand,
): Way[] {
  const { release = installRelease, debian = installDebian } = rest;
  if (path) return [['YTDLP_PATH', async () => [{ bin: path, source: 'env' }]]];
  return [
    ['PATH', async () => recentEnough(await onPath('yt-dlp'), version ?? minVersion, run)],
    ['the official release', async () => [await release({ dir, version })]],
    ['Debian', async () => [await debian({ dir, run })]],
  ];
}

/** Distributions ship old ones: the first that is new enough is taken, not the first. */
async function recentEnough(bins: string[], floor: string, run: RunCommand): Promise<Candidate[]> {
  const old: string[] = [];
  for (const bin of bins) {
    const version = findVersion((await run(bin, ['--version'])).stdout);
    if (version && compareVersions(version, floor) >= 0) return [{ bin, source: 'path' }];
    old.push(`${bin} is ${version ?? 'broken'}`);
  }
  throw new Error(old.length > 0 ? `${old.join(', ')}; ${floor} is needed` : 'none there');
}

async function examine(
  candidate: Candidate,
  floor: string,
  run: RunCommand,
): Promise<YtdlpInstall> {
  const { bin, source, importPath } = candidate;
  if (!(await isExecutable(bin))) throw new Error(`${bin} is not an executable file`);
  const answer = await run(bin, ['--ignore-config', '--version']);
  const version = findVersion(answer.stdout);
  if (answer.code !== 0 || !version) throw new Error(`${bin} does not run: ${lastLine(answer)}`);
  if (compareVersions(version, floor) < 0)
    throw new Error(`${bin} is ${version}, which has known security holes; ${floor} is needed`);
  return { bin, version, source, ...(await findPython({ bin, version, importPath, run })) };
}
