/** A program of Debian's that was only unpacked, and the Python that runs it. */
import { chmod, writeFile } from 'node:fs/promises';
import { onPath, runCommand } from './command.ts';

export interface Wrapped {
  /** Its function `main` is the program. */
  module: string;
  /** Where the module lies. */
  importPath: string;
}

/** The packaged script looks in the system's folders; this one looks where it was unpacked. */
export async function writeWrapper(file: string, { module, importPath }: Wrapped): Promise<void> {
  const lines = [
    `#!${await newEnoughPython()}`,
    'import sys',
    `sys.path.insert(0, ${JSON.stringify(importPath)})`,
    `from ${module} import main`,
    'if __name__ == "__main__":',
    '    sys.exit(main())',
    '',
  ];
  await writeFile(file, lines.join('\n'));
  await chmod(file, 0o755);
}

/**
 * Debian's own comes first: its packages were made for it, what they import is found there, and it
 * was built with a profile: a Python compiled by hand takes up to 1.4 times as long for a job.
 */
async function newEnoughPython(): Promise<string> {
  for (const exe of ['/usr/bin/python3', ...(await onPath('python3'))]) {
    const asked = 'import sys; print(sys.executable if sys.version_info >= (3, 11) else "")';
    const { stdout } = await runCommand(exe, ['-I', '-c', asked]);
    if (stdout.trim()) return stdout.trim();
  }
  throw new Error('Python 3.11 or newer is needed');
}
