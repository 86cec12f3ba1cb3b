/** `npm start`: installs and builds what is missing, then runs the node in this terminal. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { buildIfStale } from './build.mjs';
import { signalGate } from './decisions.mjs';
import { at, main } from './lib.mjs';
import { setup } from './setup.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * The node runs in a process group of its own, otherwise Ctrl-C would reach it from the terminal
 * and a second time from here, and two signals mean "stop at once". `leave-with-parent.mjs`
 * ends it when this process is killed without a chance to pass anything on.
 */
function startNode(args) {
  const flags = ['--enable-source-maps', '--import', at('scripts', 'leave-with-parent.mjs')];
  return spawn(process.execPath, [...flags, at('dist', 'node.js'), ...args], {
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
}

/** Resolves with the code a shell would see: the exit code, or 128 and the signal's number. */
function runNode(args) {
  const child = startNode(args);
  const passes = signalGate(() => performance.now());
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (passes(signal)) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

await main(async () => {
  setup();
  await buildIfStale();
  process.exit(await runNode(process.argv.slice(2)));
});
