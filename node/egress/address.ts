/**
 * Which IP addresses downloads may reach. Everything is refused that is not plainly part of the
 * public internet, so a range nobody thought of is closed and not open.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface AddressRules {
  /**
   * Opens 198.18.0.0/15. It is reserved for benchmarks, and VPN clients of the "fake IP" kind
   * answer every name with an address of it, so behind them nothing else would ever be reached.
   */
  fakeIp?: boolean;
}

const FAKE_IP = ipaddr.IPv4.parseCIDR('198.18.0.0/15');
/** All of IPv6 that is handed out to networks today (IANA's global unicast registry). */
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** Public by its number, yet Azure's host answers machines there with their credentials. */
const AZURE_WIRE_SERVER = '168.63.129.16';

function isPublicV4(address: ipaddr.IPv4, rules: AddressRules): boolean {
  if (address.toString() === AZURE_WIRE_SERVER) return false;
  if (rules.fakeIp && address.match(FAKE_IP)) return true;
  return address.range() === 'unicast';
}

/**
 * True for a global unicast address in its usual spelling; false for anything else, also for text
 * that is no address. IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4,
 * Teredo) are refused as a whole: what lies behind them is decided by a router, not by the text.
 */
export function isPublic(ip: string, rules: AddressRules = {}): boolean {
  // ipaddr.js also reads 127.1 and 0x7f000001; what connects is only ever a canonical address.
  if (isIP(ip) === 0 || ip.includes('%')) return false;
  const address = ipaddr.parse(ip);
  if (address instanceof ipaddr.IPv4) return isPublicV4(address, rules);
  return address.match(GLOBAL_V6) && address.range() === 'unicast';
}
