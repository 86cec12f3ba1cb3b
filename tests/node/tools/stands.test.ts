import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { knownFfmpeg } from '../../../node/tools/ffmpeg.ts';
import { knownPyav } from '../../../node/tools/pyav.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postchi-stands-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
const log = { info: () => {}, warn: () => {} };

it('runs ffmpeg once for all starts, until one of its files changes or another is named', async () => {
  const programs = ['ffmpeg', 'ffprobe'].map((name) => join(dir, name));
  for (const file of programs) await writeFile(file, '#!/bin/sh', { mode: 0o755 });
  let runs = 0;
  const run = async () => {
    runs += 1;
    return { code: 0, stdout: `ffmpeg version 7.${runs}`, stderr: '' };
  };
  const start = (path = dir) => knownFfmpeg({ path, dir: join(dir, 'tools'), log, run });
  const first = await start();
  expect([await start(), runs]).toEqual([first, 2]);
  await utimes(join(dir, 'ffprobe'), 1, 1);
  expect((await start()).version).not.toBe(first.version);
  expect(runs).toBe(4);
  await start(join(dir, 'ffmpeg'));
  expect(runs).toBe(6);
});

it('asks no Python again that imports the same PyAV, and does not keep that there is none', async () => {
  const module = join(dir, 'av.py');
  await writeFile(module, '');
  let runs = 0;
  let said = '';
  const run = async () => {
    runs += 1;
    return { code: 0, stdout: said, stderr: '' };
  };
  const start = () => knownPyav(join(dir, 'tools'), { run, pythons: ['python'] });
  expect([await start(), await start(), runs]).toEqual([undefined, undefined, 2]);
  said = `${process.execPath} 10.0.0 ${module}\n`;
  const found = { python: process.execPath, version: '10.0.0' };
  expect([await start(), await start(), runs]).toEqual([found, found, 3]);
  await writeFile(module, 'newer');
  await start();
  expect(runs).toBe(4);
});
