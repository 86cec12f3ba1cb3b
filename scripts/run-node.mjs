/** Runs the node as a child of this terminal: signals in, exit code out. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { signalGate } from './decisions.mjs';
import { at } from './lib.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * The node runs in a process group of its own, otherwise Ctrl-C would reach it from the terminal
 * and a second time from here, and two signals mean "stop at once". `leave-with-parent.mjs`
 * ends it when this process is killed without a chance to pass anything on.
 */
function spawnNode(file, args) {
  const flags = ['--enable-source-maps', '--import', at('scripts', 'leave-with-parent.mjs')];
  return spawn(process.execPath, [...flags, file, ...args], {
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
}

/** Resolves with the code a shell would see: the exit code, or 128 and the signal's number. */
export function runNode(file, args) {
  const child = spawnNode(file, args);
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
