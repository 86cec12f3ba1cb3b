/** A real gallery-dl for tests, installed once into `.cache`. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureGallery } from '../../node/tools/gallery.ts';

const CACHE = resolve(import.meta.dirname, '../../.cache/gallery-dl');

export const realGallery = () =>
  ensureGallery({
    dir: CACHE,
    log: { info: () => {}, warn: (line: unknown) => console.warn(line) },
  });

/**
 * A folder for PATH with the real gallery-dl under its name, knowing one more site: of its own
 * three hundred none can be had on loopback.
 */
export function knowingLoopback(bin: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'postchi-gallery-'));
  const file = join(dir, 'gallery-dl');
  const sources = JSON.stringify([resolve(import.meta.dirname, 'gallery-dl'), null]);
  writeFileSync(file, `#!/bin/sh\nexec '${bin}' -o 'extractor.module-sources=${sources}' "$@"\n`);
  chmodSync(file, 0o755);
  return dir;
}
