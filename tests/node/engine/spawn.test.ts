import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
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
