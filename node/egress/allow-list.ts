/** `EGRESS_ALLOW`: private services that downloads may reach all the same. */
import { splitHostPort } from './host.ts';

export interface AllowList {
  /** @param host in the one spelling `canonicalHost` gives */
  has(host: string, port: number): boolean;
}

const key = (host: string, port: number) => `${host} ${port}`;

/**
 * Reads `host:port,[v6]:port`. An entry opens exactly that host, as a link names it, at exactly
 * that port: a public name that resolves to an allowed address stays closed.
 *
 * @throws {Error} one line that names the entry and what was expected
 */
export function parseAllowList(text: string): AllowList {
  const entries = text.split(',').map((entry) => entry.trim());
  const open = new Set(entries.filter(Boolean).map(readEntry));
  return { has: (host, port) => open.has(key(host, port)) };
}

function readEntry(entry: string): string {
  const target = splitHostPort(entry);
  if (!target) {
    throw new Error(`expected host:port or [IPv6]:port, separated by commas; found "${entry}"`);
  }
  return key(target.host, target.port);
}
