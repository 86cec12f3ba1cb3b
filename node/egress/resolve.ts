/** From a host and port to the addresses that may be connected to: one look-up, every one checked. */
import { lookup as dnsLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type AddressRules, isPublic } from './address.ts';
import type { AllowList } from './allow-list.ts';
import { EgressError } from './egress-error.ts';
import { isLocalName } from './host.ts';
import { isBadPort } from './ports.ts';
import { type Prefixes, translated, untranslated } from './translation.ts';

export interface Address {
  address: string;
  family: number;
}

/** All addresses of a name; rejects as `dns.promises.lookup` does. */
export type Lookup = (host: string) => Promise<Address[]>;

const systemLookup: Lookup = (host) => dnsLookup(host, { all: true });

export interface Target {
  /** In the one spelling `canonicalHost` gives. */
  host: string;
  port: number;
}

export interface ResolveRules extends AddressRules {
  allow: AllowList;
  lookup?: Lookup;
  /** This machine's addresses, as its interfaces name them now. */
  own?: () => readonly string[];
  /** How this network translates to IPv4, if it does. */
  prefixes?: Prefixes;
}

export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));

/** DNS answers that mean "there is no such name"; any other fault may pass. */
const NO_HOST = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA']);

async function lookUp(host: string, lookup: Lookup): Promise<Address[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  try {
    return await lookup(host);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    const reason = NO_HOST.has(code) ? 'no_such_host' : 'site_unreachable';
    throw new EgressError(reason, `${host}: ${code || 'the look-up failed'}`, { cause });
  }
}

/**
 * The checked addresses of a target, in the resolver's order, never empty. Private ones among
 * public ones are dropped: networks with DNS64 mix a NAT64 address into every answer. This machine's
 * own addresses count as private, however public: what it sends to itself passes no firewall.
 *
 * The caller connects to these addresses and never looks the name up again, because a second
 * answer may differ from the checked one (DNS rebinding).
 *
 * @throws {EgressError} `private_address`, `blocked_port`, `no_such_host`, `site_unreachable`
 */
export async function resolvePublic(target: Target, rules: ResolveRules): Promise<Address[]> {
  const { host, port } = target;
  const { allow, lookup = systemLookup, own = ownAddresses } = rules;
  const allowed = allow.has(host, port);
  if (!allowed && isLocalName(host)) throw new EgressError('private_address', host);
  if (!allowed && isBadPort(port)) throw new EgressError('blocked_port', `${host}:${port}`);
  const found = await lookUp(host, lookup);
  if (found.length === 0) throw new EgressError('no_such_host', host);
  if (allowed) return found;
  const mine = own();
  const prefixes = found.some(({ family }) => family === 6)
    ? await (rules.prefixes ?? untranslated)()
    : [];
  const isOpen = (address: string) => {
    if (!isPublic(address, rules) || mine.includes(address)) return false;
    const behind = isIP(address) === 6 ? translated(address, prefixes) : undefined;
    return behind === undefined || (isPublic(behind, rules) && !mine.includes(behind));
  };
  const open = found.filter(({ address }) => isOpen(address));
  if (open.length > 0) return open;
  throw new EgressError('private_address', `${host} is ${found[0]?.address}`);
}
