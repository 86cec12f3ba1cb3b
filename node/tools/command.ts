/** Short runs of other programs while setting up: output bounded, never without a time limit. */
import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

export type RunCommand = (
  file: string,
  args: readonly string[],
  options?: RunOptions,
) => Promise<Finished>;

/** Runs to the end; a program that is missing, was killed or timed out has code 127. */
export const runCommand: RunCommand = (file, args, { cwd, env, timeoutMs = 30_000 } = {}) =>
  new Promise((resolve) => {
    const options = { cwd, env: env ?? process.env, timeout: timeoutMs, maxBuffer: 8 << 20 };
    execFile(file, [...args], options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 127) : 0;
      resolve({ code, stdout, stderr: stderr || error?.message || '' });
    });
  });

/** The last line a failed program said, for a log line. */
export function lastLine({ code, stdout, stderr }: Finished): string {
  const line = (stderr || stdout).trim().split('\n').at(-1)?.trim();
  return line ? `${line} (exit code ${code})` : `exit code ${code}`;
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** All executables of that name on PATH, in its order. */
export async function onPath(name: string, path = process.env.PATH ?? ''): Promise<string[]> {
  const candidates = path
    .split(delimiter)
    .filter(Boolean)
    .map((dir) => join(dir, name));
  const found = await Promise.all(candidates.map(isExecutable));
  return candidates.filter((_, index) => found[index]);
}
