/** The files of the set-up. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deployFile } from '../paths.ts';

/** Whole or not at all, and never readable by others, not even for a moment. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.part`, text, { mode: 0o600, flush: true });
  await rename(`${file}.part`, file);
}

/** The unit of `deploy/` with this machine's paths; answers where it was written. */
export async function unitFile(dir: string, env: string, dataDir?: string): Promise<string> {
  const template = deployFile('postchi.service');
  const app = dirname(dirname(template));
  const inHome = [app, process.execPath].some((path) => /^\/(home|root|run\/user)\//.test(path));
  const text = (await readFile(template, 'utf8'))
    .replaceAll('/opt/postchi', app)
    .replace('/usr/bin/env node', process.execPath)
    .replace('/etc/postchi.env', env)
    // A data folder of one's own has to be opened: the rest of the system is read-only.
    .replace('UMask=0077', dataDir ? `UMask=0077\nReadWritePaths=${dataDir}` : 'UMask=0077')
    // What lies in a home folder must be seen to be run, though never written.
    .replace('ProtectHome=true', inHome ? 'ProtectHome=read-only' : 'ProtectHome=true');
  const path = join(dir, 'postchi.service');
  await writeFile(path, text);
  return path;
}

/** The compose file with the source tree it builds from; answers where it was written. */
export async function composeFile(dir: string): Promise<string> {
  const template = deployFile('../compose.yaml');
  const app = dirname(template);
  const path = join(dir, 'compose.yaml');
  if (path === template) return path;
  const text = (await readFile(template, 'utf8')).replace('build: .', `build: ${app}`);
  await writeFile(path, text);
  return path;
}
