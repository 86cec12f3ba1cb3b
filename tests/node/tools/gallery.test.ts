import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureGallery, findGallery } from '../../../node/tools/gallery.ts';

describe('finding gallery-dl', () => {
  let dir: string;
  let path: string | undefined;
  const lines: string[] = [];
  const log = { info: () => {}, warn: (line: unknown) => lines.push(String(line)) };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'postchi-gallery-'));
    path = process.env.PATH;
    process.env.PATH = `${join(dir, 'bin')}:/bin`;
    lines.length = 0;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(dir, { recursive: true, force: true });
  });

  const program = (folder: string, version: string) => {
    mkdirSync(join(dir, folder), { recursive: true });
    const file = join(dir, folder, 'gallery-dl');
    writeFileSync(file, `#!/bin/sh\necho ${version}\n`);
    chmodSync(file, 0o755);
    return file;
  };

  it('takes the one on PATH before the one it installed', async () => {
    program('tools/debian', '1.32.0');
    const bin = program('bin', '1.31.6');
    const found = await findGallery({ dir: join(dir, 'tools'), log });
    expect(found).toEqual({ bin, version: '1.31.6', source: 'path' });
  });

  it('passes over one that is too old for today’s sites', async () => {
    program('bin', '1.25.3');
    const bin = program('tools/debian', '1.32.18');
    const found = await findGallery({ dir: join(dir, 'tools'), log });
    expect(found).toEqual({ bin, version: '1.32.18', source: 'installed' });
  });

  it('goes without it, and says how to get it, when it cannot be installed', async () => {
    const install = () => Promise.reject(new Error('no network'));
    expect(await ensureGallery({ dir: join(dir, 'tools'), log, install })).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/no network.*pipx install gallery-dl/s);
  });
});
