/** The JavaScript runtime yt-dlp needs for YouTube's player scripts. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { isExecutable, lastLine, onPath, type RunCommand, runCommand } from './command.ts';

export interface JsRuntime {
  /** yt-dlp's flags; empty when there is no runtime. */
  flags: string[];
  /** For a person: which one, or why none. */
  reason: string;
}

export interface FindJsRuntime {
  /** Where deno was or will be installed. */
  dir: string;
  log: Pick<Log, 'info' | 'warn'>;
  /** Only the set-up may download 90 MB. */
  install?: boolean;
  nodeVersion?: string;
  nodePath?: string;
  run?: RunCommand;
  searchPath?: string | undefined;
}

/** yt-dlp 2026.06.09 and newer refuse an older Node. */
const NODE_MAJOR = 22;
const DENO = 'deno@2.9.6';

export async function findJsRuntime(options: FindJsRuntime): Promise<JsRuntime> {
  const { nodeVersion = process.versions.node, nodePath = process.execPath } = options;
  if (Number(nodeVersion.split('.')[0]) >= NODE_MAJOR)
    return { flags: flagsFor('node', nodePath), reason: `Node ${nodeVersion}` };
  const deno = await findDeno(options);
  if (deno) return { flags: flagsFor('deno', deno), reason: `deno at ${deno}` };
  const reason = `Node ${nodeVersion} is older than ${NODE_MAJOR} and no deno was found: YouTube may fail`;
  return { flags: [], reason };
}

/** Only the named one is enabled: the order of yt-dlp's defaults would try others first. */
const flagsFor = (name: string, path: string) => [
  '--no-js-runtimes',
  ...['--js-runtimes', `${name}:${path}`],
];

async function findDeno(options: FindJsRuntime): Promise<string | undefined> {
  const { dir, install, log, run = runCommand, searchPath } = options;
  const local = join(dir, 'node_modules/.bin/deno');
  const [found] = await onPath('deno', searchPath);
  if (found) return found;
  if (await isExecutable(local)) return local;
  if (!install) return undefined;
  await mkdir(dir, { recursive: true });
  const args = ['install', '--prefix', dir, '--no-save', '--no-audit', '--no-fund', DENO];
  const done = await run('npm', args, { cwd: dir, timeoutMs: 300_000 });
  if (done.code === 0 && (await isExecutable(local))) return local;
  log.warn(`deno from npm: ${lastLine(done)}`);
  return undefined;
}
