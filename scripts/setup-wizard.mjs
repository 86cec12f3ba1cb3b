/** `npm run setup`: installs and builds what is missing, then asks for the settings. */
import { spawnSync } from 'node:child_process';
import { buildIfStale } from './build.mjs';
import { at, main } from './lib.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  await setup();
  await buildIfStale();
  // In this terminal's own process group: it reads what is typed.
  const args = [at('dist', 'node.js'), 'setup', ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
});
