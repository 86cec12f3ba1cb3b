/**
 * Finds a Python with PyAV, ffmpeg's libraries as a module: Debian's `python3-av`, or `pip install
 * av`. Without it every thumbnail starts ffmpeg, at 0.06 CPU seconds more; nothing else is missing.
 */
import { onPath, type RunCommand, runCommand } from './command.ts';

export interface PyavInstall {
  python: string;
  version: string;
}

export interface FindPyav {
  run?: RunCommand;
  pythons?: readonly string[];
}

/** Debian 12's, the oldest that was tried. */
const FLOOR = 10;

/** `sys.executable` is asked for because a shim (pyenv) costs a shell start at every run. */
const ASK = 'import sys, av; print(sys.executable, av.__version__)';

export async function findPyav(options: FindPyav = {}): Promise<PyavInstall | undefined> {
  const { run = runCommand } = options;
  const pythons = options.pythons ?? [...(await onPath('python3')), '/usr/bin/python3'];
  for (const python of new Set(pythons)) {
    // -I: neither the working folder nor PYTHONPATH decides what is imported.
    const { code, stdout } = await run(python, ['-I', '-c', ASK], { timeoutMs: 20_000 });
    const [, exe, version = ''] = /^(\S+) (\d+\.\S+)\s*$/.exec(stdout) ?? [];
    if (code !== 0 || !exe || Number.parseInt(version, 10) < FLOOR) continue;
    return { python: exe, version };
  }
  return undefined;
}
