import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startStub } from './stub-server.ts';

const MB = 1024 * 1024;

it('uploads 300 MB with less than 64 MB of memory', async () => {
  const stub = await startStub();
  const dir = await mkdtemp(join(tmpdir(), 'postchi-memory-'));
  const [small, large] = [join(dir, 'small.mp4'), join(dir, 'large.mp4')];
  await writeFile(small, Buffer.alloc(MB));
  const sparse = await open(large, 'w');
  await sparse.truncate(300 * MB);
  await sparse.close();
  const child = join(import.meta.dirname, 'upload-memory-child.ts');
  const argv = ['--import', 'tsx', child, stub.root, small, large];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  const { before, grew } = JSON.parse(stdout) as { before: number; grew: number };
  console.log(`300 MB upload: ${Math.round(before / MB)} MB + ${(grew / MB).toFixed(1)} MB`);
  expect(stub.taken[1]?.bytes).toBeGreaterThan(300 * MB);
  expect(grew).toBeLessThan(64 * MB);
  await stub.close();
  await rm(dir, { recursive: true });
});
