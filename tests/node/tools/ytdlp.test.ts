import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDeb822, parseOneLine } from '../../../node/tools/apt-sources.ts';
import { findJsRuntime } from '../../../node/tools/js-runtime.ts';
import { installRelease } from '../../../node/tools/release.ts';
import { compareVersions } from '../../../node/tools/version.ts';
import { type EnsureYtdlp, ensureYtdlp, YtdlpMissing } from '../../../node/tools/ytdlp.ts';

let dir: string;
let lines: unknown[];
const log = { info: () => {}, warn: (line: unknown) => lines.push(line) };
const savedPath = process.env.PATH;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postchi-tools-'));
  lines = [];
});
afterEach(async () => {
  process.env.PATH = savedPath;
  await rm(dir, { recursive: true, force: true });
});

async function program(name: string, version: string, folder = 'bin'): Promise<string> {
  await mkdir(join(dir, folder), { recursive: true });
  const file = join(dir, folder, name);
  await writeFile(file, `#!/bin/sh\necho run >> ${dir}/runs\necho ${version}\n`);
  await chmod(file, 0o755);
  return file;
}
const runs = async () =>
  (await readFile(join(dir, 'runs'), 'utf8').catch(() => '')).split('\n').length - 1;

const unreachable = async () => {
  throw new Error('unreachable');
};
const ensure = (over: Partial<EnsureYtdlp> = {}) =>
  ensureYtdlp({ dir: join(dir, 'cache'), log, release: unreachable, debian: unreachable, ...over });

describe('ensureYtdlp', () => {
  it('takes a recent yt-dlp on PATH and skips an old one before it', async () => {
    await program('yt-dlp', '2023.03.04', 'old');
    const bin = await program('yt-dlp', '2026.10.26');
    process.env.PATH = `${dir}/old:${dir}/bin:${savedPath}`;
    expect(await ensure()).toMatchObject({ bin, version: '2026.10.26', source: 'path' });
  });

  it('runs nothing the second time', async () => {
    const path = await program('yt-dlp', '2026.10.26');
    const first = await ensure({ path });
    const before = await runs();
    expect(await ensure({ path })).toEqual(first);
    expect(await runs()).toBe(before);
  });

  it('looks again when the file was replaced', async () => {
    const path = await program('yt-dlp', '2026.10.26');
    await ensure({ path });
    await rm(path);
    await new Promise((done) => setTimeout(done, 5));
    await program('yt-dlp', '2026.11.01');
    expect((await ensure({ path })).version).toBe('2026.11.01');
  });

  it('goes from the release to Debian, with one line per failure', async () => {
    process.env.PATH = '/usr/bin:/bin';
    const bin = await program('yt-dlp', '2026.10.26');
    const install = await ensure({ debian: async () => ({ bin, source: 'debian' }) });
    expect(install.source).toBe('debian');
    expect(lines).toEqual([
      expect.stringMatching(/^yt-dlp from PATH: /),
      'yt-dlp from the official release: unreachable',
    ]);
  });

  it('tries nothing else than YTDLP_PATH and says what to install', async () => {
    const path = await program('yt-dlp', '2025.01.01');
    const failed = await ensure({ path }).catch((cause) => cause);
    expect(failed).toBeInstanceOf(YtdlpMissing);
    expect(failed.message).toMatch(/pipx install/);
    expect(lines).toEqual([expect.stringContaining('known security holes')]);
  });

  it('finds the package behind a script that names its folder', async () => {
    const folder = join(dir, 'unpacked');
    await mkdir(join(folder, 'yt_dlp'), { recursive: true });
    await writeFile(join(folder, 'yt_dlp', '__init__.py'), "def main(): print('2026.10.26')\n");
    await writeFile(join(folder, 'yt_dlp', 'version.py'), "__version__ = '2026.10.26'\n");
    const path = join(dir, 'yt-dlp');
    const script = ['import sys', `sys.path.insert(0, ${JSON.stringify(folder)})`];
    const lines = ['#!/usr/bin/env python3', ...script, 'from yt_dlp import main', 'main()', ''];
    await writeFile(path, lines.join('\n'));
    await chmod(path, 0o755);
    expect(await ensure({ path })).toMatchObject({ python: { importPath: folder } });
  });

  it('says why the warm engine cannot be used with a program that is no Python', async () => {
    const path = await program('yt-dlp', '2026.10.26');
    const { python, noPython } = await ensure({ path });
    expect(python).toBeUndefined();
    expect(noPython).toMatch(/python/i);
  });
});

describe('installRelease', () => {
  let server: Server;
  let from: string;
  let sums: string;
  const FILE = '#!/bin/sh\necho 2026.10.26\n';
  beforeEach(async () => {
    sums = `${createHash('sha256').update(FILE).digest('hex')}  yt-dlp\n`;
    server = createServer((request, response) => {
      if (request.url?.startsWith('/latest'))
        return response.writeHead(302, { location: request.url.replace('/latest', '/v1') }).end();
      return response.end(request.url?.endsWith('SUMS') ? sums : FILE);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest`;
  });
  afterEach(() => new Promise((done) => server.close(done)));

  it('installs what has the hash of the release', async () => {
    const { bin } = await installRelease({ dir, from });
    expect(await readFile(bin, 'utf8')).toBe(FILE);
  });

  it('leaves nothing behind when the hash is another', async () => {
    sums = `${'0'.repeat(64)}  yt-dlp\n`;
    await expect(installRelease({ dir, from })).rejects.toThrow(/SHA-256/);
    await expect(readFile(join(dir, 'release/yt-dlp'))).rejects.toThrow();
  });
});

describe('apt sources', () => {
  it('reads the mirror of a deb822 file and nothing of other makers', () => {
    const text = [
      '# a comment',
      'Types: deb deb-src',
      'URIs: http://mirror.example/debian',
      'Suites: bookworm bookworm-updates',
      'Components: main contrib',
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      '',
      'Types: deb',
      'URIs: http://mirror.example/debian-security',
      'Suites: bookworm-security',
      'Components: main',
      '',
      'Types: deb',
      'URIs: https://example.com/node',
      'Suites: nodistro',
      'Components: main',
    ].join('\n');
    expect(parseDeb822(text)).toEqual([
      {
        uri: 'http://mirror.example/debian',
        signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
      },
    ]);
  });

  it('reads the one-line form with and without options', () => {
    const text = [
      '# deb http://off.example/debian sid main',
      'deb [arch=amd64 signed-by=/etc/apt/k.gpg] http://a.example/debian trixie main non-free',
      'deb http://b.example/debian/ sid main',
      'deb https://c.example/repo cloud main',
    ].join('\n');
    expect(parseOneLine(text)).toEqual([
      { uri: 'http://a.example/debian', signedBy: '/etc/apt/k.gpg' },
      { uri: 'http://b.example/debian/', signedBy: undefined },
    ]);
  });
});

it('compares versions as numbers', () => {
  expect(compareVersions('2026.10.26', '2026.7.04')).toBeGreaterThan(0);
  expect(compareVersions('2026.07.04', '2026.7.4')).toBe(0);
  expect(compareVersions('2026.07.04', '2026.07.04.120000')).toBeLessThan(0);
});

describe('findJsRuntime', () => {
  it('takes this Node from 22 on', async () => {
    const found = await findJsRuntime({ dir, nodeVersion: '22.3.0', nodePath: '/n' });
    expect(found.flags).toEqual(['--no-js-runtimes', '--js-runtimes', 'node:/n']);
  });

  it('takes deno where Node is too old, and says so when there is none', async () => {
    const old = { dir, nodeVersion: '20.20.2' };
    const none = await findJsRuntime({ ...old, searchPath: '' });
    expect(none).toMatchObject({ flags: [], reason: expect.stringContaining('YouTube') });
    const deno = await program('deno', '2.9.6');
    const found = await findJsRuntime({ ...old, searchPath: join(dir, 'bin') });
    expect(found.flags).toContain(`deno:${deno}`);
  });
});
