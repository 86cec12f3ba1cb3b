import { describe, expect, it } from 'vitest';
import { isPublic } from '../../../node/egress/address.ts';

const REFUSED = {
  'this network': ['0.0.0.0', '0.1.2.3'],
  private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.254', '192.168.1.1'],
  'carrier-grade NAT': ['100.64.0.1', '100.100.100.200', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'link-local': ['169.254.169.254', '169.254.0.1', 'fe80::1', 'febf::1'],
  metadata: ['169.254.169.254', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254'],
  documentation: ['192.0.2.1', '198.51.100.7', '203.0.113.9', '2001:db8::1', '3fff::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  'special relays': [
    '192.88.99.1',
    '192.31.196.1',
    '192.52.193.1',
    '192.175.48.1',
    '2620:4f:8000::1',
  ],
  multicast: ['224.0.0.1', '239.255.255.250', 'ff02::1', 'ff0e::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.255'],
  unspecified: ['::'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1'],
  'IPv4-compatible': ['::127.0.0.1', '::7f00:1', '::8.8.8.8'],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::1', '64:ff9b::8.8.8.8'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:808:808::1'],
  Teredo: ['2001::1', '2001:0:7f00:1::'],
  'unique local': ['fc00::1', 'fd12:3456::1'],
  'site-local': ['fec0::1', 'feff::1'],
  'outside what IANA gave out': ['100::1', '4000::1', '5f00::1', '8000::1', 'e000::1'],
  'ORCHID and drones': ['2001:10::1', '2001:20::1', '2001:30::1'],
  'a zone': ['fe80::1%eth0', '2606:4700::1%lo'],
  'no address': ['', 'localhost', '127.1', '0x7f000001', '2130706433', '1.1.1.1 ', '[::1]'],
};

const OPEN = ['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.15.0.1', '172.32.0.1', '100.63.255.255'];
const MORE = ['100.128.0.1', '198.17.0.1', '198.20.0.1', '223.255.255.255', '11.0.0.1', '9.9.9.9'];
const OPEN_V6 = ['2606:4700:4700::1111', '2a00:1450:4001::200e', '2001:4860:4860::8888', '2400::1'];

describe('which addresses are public', () => {
  for (const [range, addresses] of Object.entries(REFUSED)) {
    it.each(addresses)(`refuses ${range}: %s`, (address) => {
      expect(isPublic(address)).toBe(false);
    });
  }

  it.each([...OPEN, ...MORE, ...OPEN_V6])('lets %s through', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  it('opens the fake-IP range, and only that, when told to', () => {
    expect(isPublic('198.18.0.1', { fakeIp: true })).toBe(true);
    expect(isPublic('198.19.255.255', { fakeIp: true })).toBe(true);
    expect(isPublic('198.51.100.1', { fakeIp: true })).toBe(false);
    expect(isPublic('127.0.0.1', { fakeIp: true })).toBe(false);
  });
});
