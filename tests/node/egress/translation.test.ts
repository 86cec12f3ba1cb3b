/** A network that reaches IPv4 through a prefix of its own (NAT64). */
import { describe, expect, it } from 'vitest';
import { parseAllowList } from '../../../node/egress/allow-list.ts';
import { resolvePublic } from '../../../node/egress/resolve.ts';
import { networkPrefixes, prefixesOf, translated } from '../../../node/egress/translation.ts';

/** The examples of RFC 6052, 2.4: 192.0.2.33 behind prefixes of every length. */
const EXAMPLES: [string, string][] = [
  ['2001:db8:c000:221::', '2001:db8:c000:aa::'],
  ['2001:db8:1c0:2:21::', '2001:db8:1c0:0:aa::'],
  ['2001:db8:122:c000:2:2100::', '2001:db8:122:c000:0:aa00::'],
  ['2001:db8:122:3c0:0:221::', '2001:db8:122:3c0:0:aa::'],
  ['2001:db8:122:344:c0:2:2100::', '2001:db8:122:344:c0:0:aa00::'],
  ['2001:db8:122:344::c000:221', '2001:db8:122:344::c000:aa'],
];

it.each(EXAMPLES)('finds the IPv4 address in %s', (ip, wellKnown) => {
  expect(translated(ip, prefixesOf([wellKnown]))).toBe('192.0.2.33');
});

describe('a network whose translator stands behind 2a00:1:2:3:4:5::/96', () => {
  const prefixes = networkPrefixes(async () => ['2a00:1:2:3:4:5:c000:aa']);
  const resolve = (address: string) =>
    resolvePublic(
      { host: 'site.example', port: 80 },
      {
        allow: parseAllowList(''),
        own: () => [],
        prefixes,
        lookup: async () => [{ address, family: 6 }],
      },
    );

  it.each([
    ['this machine', '2a00:1:2:3:4:5:7f00:1'],
    ['a router', '2a00:1:2:3:4:5:c0a8:101'],
    ['the metadata of a cloud', '2a00:1:2:3:4:5:a9fe:a9fe'],
  ])('does not lead to %s', async (_, address) => {
    await expect(resolve(address)).rejects.toMatchObject({ reason: 'private_address' });
  });

  it.each(['2a00:1:2:3:4:5:5db8:d822', '2a00:1:2:3:4:6:7f00:1'])('leads to %s', async (address) => {
    expect(await resolve(address)).toEqual([{ address, family: 6 }]);
  });
});

it('asks the network once an hour, and one that does not answer has none', async () => {
  let now = 0;
  let asked = 0;
  const ask = async () => {
    asked += 1;
    throw new Error('ENOTFOUND');
  };
  const prefixes = networkPrefixes(ask, () => now);
  expect([await prefixes(), await prefixes(), asked]).toEqual([[], [], 1]);
  now = 3_600_001;
  await prefixes();
  expect(asked).toBe(2);
});
