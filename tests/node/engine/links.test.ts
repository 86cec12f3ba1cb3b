import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';

const run = promisify(execFile);
const WARM = resolve(import.meta.dirname, '../../../node/engine/warm');
/** Every tenth of yt-dlp's 6 000 test links; `EVERY_LINK=1` asks all. */
const EVERY = process.env.EVERY_LINK ? '1' : '10';

it('gives links to the extractors yt-dlp gives them to, asking few of them', async () => {
  const { python, noPython } = inject('ytdlp');
  if (!python) throw new Error(`needs a Python that imports yt-dlp: ${noPython}`);
  const script = join(import.meta.dirname, 'fixtures/compare_links.py');
  const args = ['-I', script, WARM, python.importPath ?? '', EVERY];
  const { stdout } = await run(python.exe, args);
  const { links, differ, extractors, asked, pages } = JSON.parse(stdout);
  expect(differ).toEqual([]);
  expect(links).toBeGreaterThan(400);
  expect(asked).toBeLessThan(extractors / 10);
  expect(pages).toBeLessThan(extractors / 5);
}, 60_000);

it('does so in the fork server', async () => {
  const { python, noPython } = inject('ytdlp');
  if (!python) throw new Error(`needs a Python that imports yt-dlp: ${noPython}`);
  const script = join(import.meta.dirname, 'fixtures/warmed.py');
  const args = ['-I', script, resolve(WARM, '..'), python.importPath ?? ''];
  const { stdout } = await run(python.exe, args);
  expect(stdout.trim()).toBe('Extractors');
}, 60_000);
