/** Small real files, made by ffmpeg once per test file. */
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const tools = { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe' };

export const makeDir = () => mkdtemp(join(tmpdir(), 'postchi-media-'));

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
export const TEST_PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25'];
export const TONE = ['-f', 'lavfi', '-i', 'sine=frequency=440'];

export async function ffmpeg(...args: string[]): Promise<void> {
  await run(tools.ffmpeg, ['-nostdin', '-v', 'error', '-y', ...args]);
}

/** A clip with picture and sound; `more` are output options, the path comes last. */
export async function clip(path: string, seconds: number, ...more: string[]): Promise<string> {
  await ffmpeg(...TEST_PICTURE, ...TONE, '-t', String(seconds), ...X264, ...more, path);
  return path;
}
