/** Finds ffmpeg and ffprobe, or installs them: the system's package, then npm's as a last resort. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { Log } from '../log.ts';
import { isExecutable, lastLine, onPath, type RunCommand, runCommand } from './command.ts';
import { whileItStands } from './stands.ts';

const Install = v.object({
  ffmpeg: v.string(),
  ffprobe: v.string(),
  /** As ffmpeg prints it, e.g. `5.1.9-0+deb12u1`. */
  version: v.string(),
});
export type FfmpegInstall = v.InferOutput<typeof Install>;

export interface EnsureFfmpeg {
  /** `FFMPEG_PATH`: the ffmpeg executable or its folder; then nothing else is tried. */
  path?: string | undefined;
  /** Where the npm packages go. */
  dir: string;
  log: Pick<Log, 'info' | 'warn'>;
  run?: RunCommand;
  isRoot?: boolean;
  /** The PATH that is searched. */
  searchPath?: string | undefined;
}

export class FfmpegMissing extends Error {
  override readonly name = 'FfmpegMissing';
}

const INSTRUCTION =
  'No usable ffmpeg with ffprobe. Install it (`apt-get install ffmpeg`, `dnf install ffmpeg`, ' +
  '`apk add ffmpeg`) or set FFMPEG_PATH to the executable.';

/** As `ensureFfmpeg`, and runs neither while both files are as they were at the last start. */
export async function knownFfmpeg(options: EnsureFfmpeg): Promise<FfmpegInstall> {
  const { dir, path, searchPath = process.env.PATH } = options;
  const known = await whileItStands({
    ...{ file: join(dir, 'ffmpeg.json'), asked: JSON.stringify([path, searchPath]) },
    schema: Install,
    async find() {
      const found = await ensureFfmpeg(options);
      return { found, from: [found.ffmpeg, found.ffprobe] };
    },
  });
  return known ?? ensureFfmpeg(options);
}

/** @throws FfmpegMissing when every way failed; the message says what to install */
export async function ensureFfmpeg(options: EnsureFfmpeg): Promise<FfmpegInstall> {
  const { log, run = runCommand } = options;
  for (const [name, find] of ways(options, run)) {
    try {
      return await examine(await find(), run);
    } catch (cause) {
      log.warn(`ffmpeg from ${name}: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
  throw new FfmpegMissing(INSTRUCTION);
}

type Pair = Pick<FfmpegInstall, 'ffmpeg' | 'ffprobe'>;
type Way = readonly [string, () => Promise<Pair>];

function ways(options: EnsureFfmpeg, run: RunCommand): Way[] {
  const { path, dir, searchPath, isRoot = process.getuid?.() === 0 } = options;
  if (path) return [['FFMPEG_PATH', () => named(path)]];
  const searched = () => onSearchPath(searchPath);
  const installed = () => fromNpm(dir, run);
  return [
    ['PATH', searched],
    ...(isRoot ? ([['apt-get', () => fromApt(run, searched)]] as const) : []),
    ['npm', installed],
  ];
}

async function named(path: string): Promise<Pair> {
  const file = await isExecutable(path);
  const folder = file ? dirname(path) : path;
  const ffmpeg = file ? path : join(folder, 'ffmpeg');
  const beside = join(folder, 'ffprobe');
  if (await isExecutable(beside)) return { ffmpeg, ffprobe: beside };
  const [ffprobe] = await onPath('ffprobe');
  if (!ffprobe) throw new Error(`no ffprobe beside ${path}, and none on PATH`);
  return { ffmpeg, ffprobe };
}

async function onSearchPath(searchPath: string | undefined): Promise<Pair> {
  const [ffmpeg] = await onPath('ffmpeg', searchPath);
  const [ffprobe] = await onPath('ffprobe', searchPath);
  if (!ffmpeg || !ffprobe) throw new Error(`no ${ffmpeg ? 'ffprobe' : 'ffmpeg'} there`);
  return { ffmpeg, ffprobe };
}

async function fromApt(run: RunCommand, searched: () => Promise<Pair>): Promise<Pair> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run('apt-get', ['update'], { env, timeoutMs: 180_000 });
  // A single broken source fails the update although Debian's own lists are fresh: install decides.
  const install = ['install', '-y', '--no-install-recommends'];
  for (const packages of APT_PACKAGES) {
    const done = await run('apt-get', [...install, ...packages], { env, timeoutMs: 600_000 });
    if (done.code === 0) break;
    if (packages === FFMPEG_ALONE) throw new Error(lastLine(update.code === 0 ? done : update));
  }
  return searched();
}

const FFMPEG_ALONE = ['ffmpeg'];
/** With the module that saves most starts of it, see pyav.ts; an old Debian has none. */
const APT_PACKAGES = [['ffmpeg', 'python3-av'], FFMPEG_ALONE];

/** Static builds of 2018: they join and convert, but lack years of fixes; hence the last resort. */
const NPM_PACKAGES = ['@ffmpeg-installer/ffmpeg@1.1.0', '@ffprobe-installer/ffprobe@2.1.2'];

async function fromNpm(dir: string, run: RunCommand): Promise<Pair> {
  const platform = `${process.platform}-${process.arch}`;
  const modules = join(dir, 'node_modules');
  const pair = {
    ffmpeg: join(modules, `@ffmpeg-installer/${platform}/ffmpeg`),
    ffprobe: join(modules, `@ffprobe-installer/${platform}/ffprobe`),
  };
  if ((await isExecutable(pair.ffmpeg)) && (await isExecutable(pair.ffprobe))) return pair;
  await mkdir(dir, { recursive: true });
  const args = [
    'install',
    '--prefix',
    dir,
    '--no-save',
    '--no-audit',
    '--no-fund',
    ...NPM_PACKAGES,
  ];
  const done = await run('npm', args, { cwd: dir, timeoutMs: 300_000 });
  if (done.code !== 0) throw new Error(lastLine(done));
  return pair;
}

async function examine(pair: Pair, run: RunCommand): Promise<FfmpegInstall> {
  const [version] = await Promise.all([versionOf(pair.ffmpeg, run), versionOf(pair.ffprobe, run)]);
  return { ...pair, version };
}

async function versionOf(file: string, run: RunCommand): Promise<string> {
  const done = await run(file, ['-version']);
  const version = /version (\S+)/.exec(done.stdout)?.[1];
  if (done.code !== 0 || !version) throw new Error(`${file} does not run: ${lastLine(done)}`);
  return version;
}
