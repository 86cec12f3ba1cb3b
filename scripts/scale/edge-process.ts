/**
 * The edge in workerd, in a process of its own: Cloudflare's machines carry nothing else, so it
 * goes before everything that wants the processor here.
 */
import { existsSync } from 'node:fs';
import { startWorker } from '../bench/edge.ts';
import { goFirst } from './go-first.ts';

goFirst();
// Cloudflare's Durable Objects have storage of their own: they must not wait for this disk.
if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

process.once('message', async (bindings: Record<string, string>) => {
  const worker = startWorker(bindings);
  process.once('disconnect', async () => {
    await worker.dispose();
    process.exit();
  });
  process.send?.(new URL('/webhook', await worker.ready).href);
});
