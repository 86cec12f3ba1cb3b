import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type RunCommand, runCommand } from '../../../node/tools/command.ts';
import { ensureFfmpeg, FfmpegMissing } from '../../../node/tools/ffmpeg.ts';

let dir: string;
const log = { info: () => {}, warn: () => {} };
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postchi-ffmpeg-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it('finds ffprobe beside the ffmpeg it was told', async () => {
  const { ffmpeg } = inject('ffmpeg');
  const found = await ensureFfmpeg({ path: dirname(ffmpeg), dir, log });
  expect(found).toMatchObject({ ffmpeg, ffprobe: join(dirname(ffmpeg), 'ffprobe') });
  expect(found.version).toMatch(/\d/);
});

it('asks the package manager only as root, npm last, and then says what to install', async () => {
  const asked: string[] = [];
  const run: RunCommand = async (file, args, options) => {
    if (file !== 'apt-get' && file !== 'npm') return runCommand(file, args, options);
    asked.push(`${file} ${args[0]}`);
    return { code: 1, stdout: '', stderr: 'no network' };
  };
  const user = ensureFfmpeg({ dir, log, run, searchPath: '', isRoot: false });
  await expect(user).rejects.toThrow(FfmpegMissing);
  expect(asked).toEqual(['npm install']);
  const root = ensureFfmpeg({ dir, log, run, searchPath: '', isRoot: true });
  await expect(root).rejects.toThrow(/apt-get install ffmpeg/);
  expect(asked.slice(1)).toEqual([
    ...['apt-get update', 'apt-get install', 'apt-get install', 'npm install'],
  ]);
});
