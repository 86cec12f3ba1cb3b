/**
 * Finds a Python with PyAV, ffmpeg's libraries as a module: Debian's `python3-av`, or `pip install
 * av`. Without it every thumbnail starts ffmpeg, at 0.06 CPU seconds more; nothing else is missing.
 */
import { join } from 'node:path';
import * as v from 'valibot';
import { onPath, type RunCommand, runCommand } from './command.ts';
import { whileItStands } from './stands.ts';

const Install = v.object({ python: v.string(), version: v.string() });
export type PyavInstall = v.InferOutput<typeof Install>;

export interface FindPyav {
  run?: RunCommand;
  pythons?: readonly string[];
}

/** Debian 12's, the oldest that was tried. */
const FLOOR = 10;

/** `sys.executable` is asked for because a shim (pyenv) costs a shell start at every run. */
const ASK = 'import sys, av; print(sys.executable, av.__version__, av.__file__)';

/** As `findPyav`, and starts no Python while the one found last and its module are the same. */
export const knownPyav = (dir: string, options: FindPyav = {}): Promise<PyavInstall | undefined> =>
  whileItStands({
    ...{ file: join(dir, 'pyav.json'), asked: process.env.PATH ?? '', schema: Install },
    async find() {
      const found = await lookForPyav(options);
      return found && { found: found.install, from: [found.install.python, found.module] };
    },
  });

export const findPyav = async (options: FindPyav = {}): Promise<PyavInstall | undefined> =>
  (await lookForPyav(options))?.install;

async function lookForPyav(options: FindPyav) {
  const { run = runCommand } = options;
  const pythons = options.pythons ?? [...(await onPath('python3')), '/usr/bin/python3'];
  for (const python of new Set(pythons)) {
    // -I: neither the working folder nor PYTHONPATH decides what is imported.
    const { code, stdout } = await run(python, ['-I', '-c', ASK], { timeoutMs: 20_000 });
    const [, exe, version = '', module] = /^(\S+) (\d+\.\S+) (.+?)\s*$/.exec(stdout) ?? [];
    if (code !== 0 || !exe || !module || Number.parseInt(version, 10) < FLOOR) continue;
    return { install: { python: exe, version }, module };
  }
  return undefined;
}
