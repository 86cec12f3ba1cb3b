/**
 * Finds gallery-dl, the engine for posts without a video, or installs it: from PATH, from what
 * was installed before, else Debian's newest package. The bot also runs without it.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Log } from '../log.ts';
import { debianMirrors } from './apt-sources.ts';
import { isExecutable, lastLine, onPath, type RunCommand, runCommand } from './command.ts';
import { downloadPackages, missingTools } from './debian.ts';
import { writeWrapper } from './python-wrapper.ts';

export interface GalleryInstall {
  bin: string;
  version: string;
  source: 'path' | 'installed' | 'debian';
}

export interface EnsureGallery {
  /** Where it is installed; `DATA_DIR/tools/gallery-dl`. */
  dir: string;
  log: Pick<Log, 'info' | 'warn'>;
  run?: RunCommand;
  install?: (options: { dir: string; run: RunCommand }) => Promise<string>;
}

/** Sites change under older ones; 1.30 of 2025 is the oldest that reads today's Instagram. */
const FLOOR = [1, 30] as const;

/** Pure Python all of them, so that any machine's interpreter can import what was unpacked. */
const PACKAGES = [
  'gallery-dl',
  'python3-requests',
  'python3-urllib3',
  'python3-idna',
  'python3-certifi',
  'python3-chardet',
];
const SUITE = 'sid';

/** What stands on PATH or was installed before: asks no network. */
export async function findGallery(options: EnsureGallery): Promise<GalleryInstall | undefined> {
  const { run = runCommand } = options;
  const own = wrapperIn(resolve(options.dir));
  const candidates = [
    ...(await onPath('gallery-dl')).map((bin) => ({ bin, source: 'path' as const })),
    ...((await isExecutable(own)) ? [{ bin: own, source: 'installed' as const }] : []),
  ];
  for (const { bin, source } of candidates) {
    const version = await versionOf(bin, run);
    if (version) return { bin, version, source };
  }
  return undefined;
}

/** As `findGallery`, and installs it when it is nowhere; undefined, with a line, when it cannot. */
export async function ensureGallery(options: EnsureGallery): Promise<GalleryInstall | undefined> {
  const found = await findGallery(options);
  if (found) return found;
  const { log, run = runCommand, install = installFromDebian } = options;
  try {
    const bin = await install({ dir: resolve(options.dir), run });
    const version = await versionOf(bin, run);
    if (!version) throw new Error(`${bin} does not run or is too old`);
    log.info({ version }, 'gallery-dl installed');
    return { bin, version, source: 'debian' };
  } catch (cause) {
    log.warn(
      `gallery-dl from Debian: ${cause instanceof Error ? cause.message : cause}. Posts without ` +
        'a video are refused until it is there: `pipx install gallery-dl` puts it on PATH.',
    );
    return undefined;
  }
}

/** The first thing this machine lacks to install it, if any. */
export const lackedByGallery = () => missingTools(INSTALLS_WITH);

const INSTALLS_WITH = ['apt-get', 'dpkg', 'python3'];

const wrapperIn = (dir: string) => join(dir, 'debian', 'gallery-dl');

async function versionOf(bin: string, run: RunCommand): Promise<string | undefined> {
  const { code, stdout } = await run(bin, ['--config-ignore', '--version']);
  const [version, major = '0', minor = '0'] = /^(\d+)\.(\d+)[\w.-]*/.exec(stdout.trim()) ?? [];
  const enough = Number(major) > FLOOR[0] || Number(minor) >= FLOOR[1];
  return code === 0 && version && enough ? version : undefined;
}

async function installFromDebian({ dir, run }: { dir: string; run: RunCommand }) {
  const missing = await missingTools(INSTALLS_WITH);
  if (missing) throw new Error(`${missing} not found`);
  const [mirror] = await debianMirrors();
  if (!mirror) throw new Error('the system has no apt source of Debian');
  await mkdir(dir, { recursive: true });
  const work = await mkdtemp(join(dir, '.debian-'));
  try {
    const root = join(work, 'root');
    for (const deb of await downloadPackages(mirror, SUITE, PACKAGES, join(work, 'apt'), run)) {
      const done = await run('dpkg', ['-x', deb, root]);
      if (done.code !== 0) throw new Error(`dpkg -x: ${lastLine(done)}`);
    }
    const home = join(dir, 'debian');
    const importPath = join(home, 'usr/lib/python3/dist-packages');
    await writeWrapper(join(root, 'gallery-dl'), { module: 'gallery_dl', importPath });
    await rm(home, { recursive: true, force: true });
    await rename(root, home);
    return wrapperIn(dir);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
