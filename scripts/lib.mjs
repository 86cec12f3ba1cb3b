/** Small things every script needs; no package, because it runs before `npm ci`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const at = (...parts) => join(root, ...parts);

export const say = (line) => console.log(`postchi: ${line}`);

/** A failure whose message is meant for the reader: printed without a stack. */
export class Plain extends Error {}

/** Runs a script's main part; a `Plain` failure ends it with one line and exit code 1. */
export async function main(run) {
  try {
    await run();
  } catch (error) {
    console.error(error instanceof Plain ? `postchi: ${error.message}` : error);
    process.exitCode = 1;
  }
}

/** True when the script was started itself and not imported. */
export const isMain = (url) => process.argv[1] === fileURLToPath(url);

/** An executable of that name on PATH, or undefined. */
export function which(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder: the next one is asked.
    }
  }
  return undefined;
}

/** Runs a command in the repository with its output shown; returns the exit code. */
export function run(command, args, env = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (done.error) throw new Plain(`${command} could not be started: ${done.error.message}`);
  return done.status ?? 1;
}

/** Every file under the given paths (files or folders, those that exist), sorted. */
export function filesUnder(paths) {
  const found = [];
  for (const path of paths) {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info?.isFile()) found.push(path);
    if (info?.isDirectory()) found.push(...filesUnder(readdirSync(path).map((n) => join(path, n))));
  }
  return found.sort();
}

/** SHA-256 over names and contents: unlike times, it survives a checkout. */
export function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // A stamp that is absent or was cut short by a crash means the same: do the work again.
    return undefined;
  }
}
