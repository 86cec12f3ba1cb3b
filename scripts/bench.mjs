/** `npm run bench`: prints the tables of docs/performance.md. */
import { buildIfStale } from './build.mjs';
import { at, main, run } from './lib.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  await setup();
  await buildIfStale();
  const script = at('scripts', 'bench', 'main.ts');
  process.exitCode = run(process.execPath, ['--import', 'tsx', script, ...process.argv.slice(2)]);
});
