/** `npm start`: installs and builds what is missing, then runs the node in this terminal. */
import { buildIfStale } from './build.mjs';
import { installDeno } from './js-runtime.mjs';
import { at, main } from './lib.mjs';
import { runNode } from './run-node.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  await setup();
  await buildIfStale();
  installDeno();
  process.exit(await runNode(at('dist', 'node.js'), process.argv.slice(2)));
});
