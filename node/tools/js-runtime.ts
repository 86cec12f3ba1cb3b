/** The JavaScript runtime yt-dlp needs for YouTube's player scripts. */
import { join } from 'node:path';
import { isExecutable, onPath } from './command.ts';

export interface JsRuntime {
  /** yt-dlp's flags; empty when there is no runtime. */
  flags: string[];
  /** For a person: which one, or why none. */
  reason: string;
}

export interface FindJsRuntime {
  /** Where `npm start` installs deno when Node itself is too old. */
  dir: string;
  nodeVersion?: string;
  nodePath?: string;
  searchPath?: string | undefined;
}

/** yt-dlp 2026.06.09 and newer refuse an older Node. */
const NODE_MAJOR = 22;

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

async function findDeno({ dir, searchPath }: FindJsRuntime): Promise<string | undefined> {
  const [found] = await onPath('deno', searchPath);
  if (found) return found;
  const local = join(dir, 'node_modules/.bin/deno');
  return (await isExecutable(local)) ? local : undefined;
}

const LOOK_EVERY_MS = 60_000;

/** The flags; empty ones fill themselves when deno, which is installed beside a start, is there. */
export function watchJsRuntime(
  found: JsRuntime,
  options: FindJsRuntime,
  opened: (name: string, release: () => void) => void,
): readonly string[] {
  const flags = [...found.flags];
  if (flags.length > 0) return flags;
  const timer = setInterval(async () => {
    flags.push(...(await findJsRuntime(options)).flags);
    if (flags.length > 0) clearInterval(timer);
  }, LOOK_EVERY_MS).unref();
  opened('JS runtime', () => clearInterval(timer));
  return flags;
}
