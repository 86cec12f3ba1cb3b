/** How esbuild makes the Worker of `edge/worker.ts`; wrangler does the same when it deploys. */
import { at } from './lib.mjs';

export const workerBundle = {
  entryPoints: [at('edge/worker.ts')],
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  mainFields: ['module', 'main'],
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*', 'node:*'],
};
