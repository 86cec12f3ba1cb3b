/** What the other nodes call this one: the same over restarts of a data folder. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

export const NODE_NAME = /^[A-Za-z0-9._-]{1,60}$/;

/** NODE_NAME, else the name kept in the data folder, made at the first start. */
export function nodeNameOf({
  dataDir,
  nodeName,
}: {
  dataDir: string;
  nodeName?: string | undefined;
}): string {
  if (nodeName) return nodeName;
  const file = join(dataDir, 'node-id');
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (NODE_NAME.test(kept)) return kept;
  const made = `${hostPart()}-${letters()}`;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${made}\n`);
  return made;
}

/** Containers of one image may share a host name, so that it alone tells nothing. */
const hostPart = () =>
  hostname()
    .replace(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, 40) || 'node';

const letters = () =>
  [...randomBytes(4)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
