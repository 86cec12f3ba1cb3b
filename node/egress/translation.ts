/**
 * Networks without IPv4 reach it through a translator: an IPv6 prefix of their own with the IPv4
 * address in its tail (NAT64). By its text such an address is as public as any, and a private one
 * behind it may be a router's. The prefix is learned as RFC 7050 says: the name `ipv4only.arpa` has
 * no IPv6 address but the one the network makes up for it.
 */
import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** The first bytes that are the network's, and how many. */
export interface Prefix {
  bytes: readonly number[];
}

/** Addresses of `ipv4only.arpa`: what the translator puts behind its prefix. */
const WELL_KNOWN = [
  [192, 0, 0, 170],
  [192, 0, 0, 171],
];
/** Where the four bytes stand after a prefix of so many bytes (RFC 6052, 2.2): byte 8 stays free. */
const PLACES: Readonly<Record<number, readonly number[]>> = {
  4: [4, 5, 6, 7],
  5: [5, 6, 7, 9],
  6: [6, 7, 9, 10],
  7: [7, 9, 10, 11],
  8: [9, 10, 11, 12],
  12: [12, 13, 14, 15],
};

const bytesOf = (ip: string) => ipaddr.parse(ip).toByteArray();

/** The prefixes these answers for `ipv4only.arpa` were made with. */
export function prefixesOf(answers: readonly string[]): Prefix[] {
  return answers.flatMap((ip) => {
    const bytes = bytesOf(ip);
    const lengths = Object.keys(PLACES).map(Number);
    const fits = (length: number) =>
      WELL_KNOWN.some((known) =>
        known.every((byte, at) => bytes[PLACES[length]?.[at] ?? -1] === byte),
      );
    return lengths.filter(fits).map((length) => ({ bytes: bytes.slice(0, length) }));
  });
}

/** The IPv4 address a translator would send this to; undefined when it is none of its own. */
export function translated(ip: string, prefixes: readonly Prefix[]): string | undefined {
  const bytes = bytesOf(ip);
  const prefix = prefixes.find((one) => one.bytes.every((byte, at) => bytes[at] === byte));
  const places = prefix && PLACES[prefix.bytes.length];
  return places?.map((at) => bytes[at]).join('.');
}

/** So long a network is taken to stay the same, ms. */
const KNOWN_MS = 3_600_000;
/** Names are looked up while it is not known yet, ms. */
const PATIENCE_MS = 2_000;

export type Prefixes = () => Promise<readonly Prefix[]>;

/** A network without a translator, or one whose is not asked for. */
export const untranslated: Prefixes = async () => [];

const askNetwork = async () =>
  (await lookup('ipv4only.arpa', { all: true, family: 6 })).map(({ address }) => address);

/** Asks the network at most once an hour; one that does not answer has no translator. */
export function networkPrefixes(
  ask: () => Promise<string[]> = askNetwork,
  now = Date.now,
): Prefixes {
  let known: Promise<readonly Prefix[]> | undefined;
  let askedAt = 0;
  return () => {
    if (!known || Math.abs(now() - askedAt) > KNOWN_MS) {
      askedAt = now();
      const none = new Promise<string[]>((done) => setTimeout(done, PATIENCE_MS, []).unref());
      known = Promise.race([ask().catch(() => []), none]).then(prefixesOf);
    }
    return known;
  };
}
