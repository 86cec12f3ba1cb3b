import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endLeftovers } from '../../../node/jobs/leftovers.ts';

const silent = { warn: () => {} } as never;

describe.skipIf(process.platform !== 'linux')('processes of a killed node', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'postchi-left-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const sleeper = async (cwd: string) => {
    mkdirSync(cwd, { recursive: true });
    const child = spawn('sleep', ['600'], { cwd, detached: true, stdio: 'ignore' });
    await once(child, 'spawn');
    return child;
  };

  it('are ended by where they stand, and nobody else is', async () => {
    const inside = await sleeper(join(root, 'jobs', '7-1'));
    const deeper = await sleeper(join(root, 'jobs', '8-1', 'tmp'));
    const beside = await sleeper(join(root, 'jobs-of-somebody-else'));
    const ends = [once(inside, 'exit'), once(deeper, 'exit')];
    rmSync(join(root, 'jobs', '8-1'), { recursive: true });
    expect(await endLeftovers(join(root, 'jobs'), silent)).toBe(2);
    await Promise.all(ends);
    expect(beside.exitCode).toBeNull();
    expect(beside.signalCode).toBeNull();
    beside.kill('SIGKILL');
  });
});
