/**
 * The newest yt-dlp of Debian, unpacked into a folder of its own: nothing is installed into the
 * system and its apt sources stay as they are, so it needs no root either.
 */
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianMirrors, type Mirror } from './apt-sources.ts';
import type { Candidate } from './candidate.ts';
import { type Finished, lastLine, onPath, type RunCommand, runCommand } from './command.ts';
import { writeWrapper } from './python-wrapper.ts';

/** Newest last to fail: backports follow unstable within days and are what a stable system fits. */
const SUITES = ['trixie-backports', 'sid'] as const;

export interface InstallDebian {
  dir: string;
  run?: RunCommand;
  aptDir?: string;
}

export async function installDebian(options: InstallDebian): Promise<Candidate> {
  const { dir, run = runCommand, aptDir } = options;
  const missing = await missingTools(['apt-get', 'dpkg', 'python3']);
  if (missing) throw new Error(`${missing} not found`);
  const [mirror] = await debianMirrors(aptDir);
  if (!mirror) throw new Error('the system has no apt source of Debian');
  await mkdir(dir, { recursive: true });
  const work = await mkdtemp(join(dir, '.debian-'));
  try {
    return await firstSuite(mirror, work, dir, run);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export async function missingTools(names: string[]): Promise<string | undefined> {
  for (const name of names) if ((await onPath(name)).length === 0) return name;
  return undefined;
}

async function firstSuite(
  mirror: Mirror,
  work: string,
  dir: string,
  run: RunCommand,
): Promise<Candidate> {
  const failures: string[] = [];
  for (const suite of SUITES) {
    try {
      const [deb = ''] = await downloadPackages(mirror, suite, ['yt-dlp'], join(work, suite), run);
      return await unpack(deb, join(work, `${suite}.root`), dir, run);
    } catch (cause) {
      failures.push(`${suite}: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
  throw new Error(failures.join('; '));
}

/** Runs apt with lists, cache and state of its own, so that it neither reads nor locks the system's. */
export async function downloadPackages(
  mirror: Mirror,
  suite: string,
  names: readonly string[],
  work: string,
  run: RunCommand,
): Promise<string[]> {
  for (const part of ['lists/partial', 'cache/archives/partial', 'state'])
    await mkdir(join(work, part), { recursive: true });
  const sources = join(work, 'debian.sources');
  await writeFile(sources, sourceOf(mirror, suite));
  const apt = async (...args: string[]) => {
    const done = await run('apt-get', [...aptOptions(work, sources), ...args], {
      cwd: work,
      timeoutMs: 180_000,
    });
    if (done.code !== 0) throw new Error(`apt-get ${args[0]}: ${aptReason(done)}`);
  };
  await apt('update');
  await apt('download', ...names);
  const debs = (await readdir(work)).filter((name) => name.endsWith('.deb'));
  if (debs.length < names.length) throw new Error('apt-get download left no package');
  return debs.map((deb) => join(work, deb));
}

const sourceOf = ({ uri, signedBy }: Mirror, suite: string) =>
  [
    'Types: deb',
    `URIs: ${uri}`,
    `Suites: ${suite}`,
    'Components: main',
    ...(signedBy ? [`Signed-By: ${signedBy}`] : []),
    '',
  ].join('\n');

const aptOptions = (work: string, sources: string) =>
  [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State=${join(work, 'state')}`,
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    // As root apt would download as `_apt`, who cannot write into the folder.
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::http::Timeout=15',
    'Acquire::https::Timeout=15',
    'Acquire::Retries=1',
    'APT::Update::Error-Mode=any',
  ].flatMap((option) => ['-o', option]);

const aptReason = (done: Finished) =>
  done.stderr.split('\n').find((line) => /^[EW]:/.test(line)) ?? lastLine(done);

async function unpack(deb: string, root: string, dir: string, run: RunCommand): Promise<Candidate> {
  const done = await run('dpkg', ['-x', deb, root]);
  if (done.code !== 0) throw new Error(`dpkg -x: ${lastLine(done)}`);
  const home = join(dir, 'debian');
  const importPath = join(home, 'usr/lib/python3/dist-packages');
  await writeWrapper(join(root, 'yt-dlp'), { module: 'yt_dlp', importPath });
  await rm(home, { recursive: true, force: true });
  await rename(root, home);
  return { bin: join(home, 'yt-dlp'), source: 'debian', importPath };
}
