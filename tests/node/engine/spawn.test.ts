import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { GALLERY_PROXY, YTDLP_PROXY } from '../../../node/engine/hidden-proxy.ts';
import { spawnEngine } from '../../../node/engine/spawn.ts';
import { engineContract } from './contract.ts';

const FAKE = join(import.meta.dirname, 'fixtures/fake_ytdlp.py');

engineContract('spawn', {
  fake: async () => spawnEngine({ install: { bin: FAKE }, graceMs: 200 }),
  real: async () => spawnEngine({ install: inject('ytdlp') }),
});

it('fails as the engine, not as the site, when the program is missing', async () => {
  const engine = spawnEngine({ install: { bin: '/nowhere/yt-dlp' } });
  const ended = await engine.run({
    argv: [],
    cwd: '/',
    signal: new AbortController().signal,
    maxFileBytes: 1_000_000,
    onStdout: () => {},
    onStderr: () => {},
  });
  expect(ended.code).toBe(127);
});

it.each([
  [YTDLP_PROXY, '--proxy http://user:password@127.0.0.1:9\n'],
  [GALLERY_PROXY, '{"extractor":{"proxy":"http://user:password@127.0.0.1:9"}}'],
])('keeps the password of the proxy out of the arguments ($name)', async (proxyFile, text) => {
  const cwd = mkdtempSync(join(tmpdir(), 'postchi-spawn-'));
  const engine = spawnEngine({ install: { bin: FAKE }, proxyFile });
  const said: string[] = [];
  await engine.run({
    argv: ['echo', '--proxy', 'http://user:password@127.0.0.1:9', '--', '--proxy', 'of a person'],
    signal: new AbortController().signal,
    ...{ cwd, maxFileBytes: 1_000_000, onStdout: (line) => said.push(line), onStderr: () => {} },
  });
  const file = join(cwd, proxyFile.name);
  expect(said).toEqual([proxyFile.flag, file, '--', '--proxy', 'of a person']);
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(statSync(file).mode & 0o077).toBe(0);
  rmSync(cwd, { recursive: true });
});
