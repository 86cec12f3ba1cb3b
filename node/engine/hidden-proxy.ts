/**
 * The proxy's password is no argument of a process: everybody on the machine can read those. It
 * stands in a file of the job's folder, which its engine alone is told of.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a program takes its proxy from a file. */
export interface ProxyFile {
  name: string;
  /** What stands before the file's path among the arguments. */
  flag: string;
  text(proxy: string): string;
}

export const YTDLP_PROXY: ProxyFile = {
  ...{ name: 'proxy.conf', flag: '--config-locations' },
  text: (proxy) => `--proxy ${proxy}\n`,
};

export const GALLERY_PROXY: ProxyFile = {
  ...{ name: 'proxy.json', flag: '--config' },
  text: (proxy) => JSON.stringify({ extractor: { proxy } }),
};

/** The arguments with the file in the place of `--proxy URL`; what follows `--` is left alone. */
export function hideProxy(argv: readonly string[], dir: string, how: ProxyFile): string[] {
  const end = argv.indexOf('--');
  const at = argv.indexOf('--proxy');
  const proxy = argv[at + 1];
  if (at < 0 || (end >= 0 && at > end) || proxy === undefined) return [...argv];
  const file = join(dir, how.name);
  writeFileSync(file, how.text(proxy), { mode: 0o600 });
  return [...argv.slice(0, at), how.flag, file, ...argv.slice(at + 2)];
}
