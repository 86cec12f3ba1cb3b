/** What the Worker carries: every byte of it is loaded at the first request of an instance. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { workerBundle } from '../../scripts/worker-bundle.mjs';

it('the Worker carries the words it says itself and no others, in 30 KiB', async () => {
  const { metafile, outputFiles } = await build({
    ...workerBundle,
    ...{ minify: true, metafile: true, write: false, outfile: 'worker.js' },
  });
  const texts = Object.keys(metafile?.inputs ?? {}).filter((path) =>
    path.startsWith('shared/texts/'),
  );
  expect(texts.sort()).toEqual([
    'shared/texts/en/refusals.ts',
    'shared/texts/fa/refusals.ts',
    'shared/texts/lang.ts',
    'shared/texts/refusals.ts',
  ]);
  const [worker] = outputFiles ?? [];
  expect(gzipSync(worker?.contents ?? '').length).toBeLessThan(30 * 1024);
});
