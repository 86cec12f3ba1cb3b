/** One spelling per host, and the names that stand for this machine or its network. */

/**
 * The host as the WHATWG URL parser understands it: `0x7f.1`, `127。0。0。1` and `%31%32%37.0.0.1`
 * all become `127.0.0.1`; IPv6 without brackets; names in lower case and Punycode, without the
 * final dot. Undefined when it is no host at all.
 *
 * @param host as it stands in a URL, IPv6 in brackets
 */
export function canonicalHost(host: string): string | undefined {
  // A whole URL or a port slipped in with the host would be parsed as such.
  if (/[/?#@\\\s]|^[^[].*:/.test(host)) return undefined;
  if (!URL.canParse(`http://${host}/`)) return undefined;
  const { hostname } = new URL(`http://${host}/`);
  const name = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return name === '' ? undefined : name;
}

/** Splits `host:port` and `[v6]:port`; the port is required. Undefined when malformed. */
export function splitHostPort(text: string): { host: string; port: number } | undefined {
  const [, rawHost, digits] = /^(\[[^\]]*\]|[^:]+):(\d{1,5})$/.exec(text) ?? [];
  const host = rawHost && canonicalHost(rawHost);
  const port = Number(digits);
  if (!host || !(port >= 1 && port <= 65_535)) return undefined;
  return { host, port };
}

/** Special-use names (RFC 6761, 6762, 8375 and ICANN's `.internal`): never public. */
const LOCAL_NAME = /(^|\.)(localhost|localdomain|local|internal|home\.arpa)$/;

export const isLocalName = (host: string): boolean => LOCAL_NAME.test(host);
