import { describe, expect, it } from 'vitest';
import { parseAllowList } from '../../../node/egress/allow-list.ts';
import { canonicalHost } from '../../../node/egress/host.ts';

describe('EGRESS_ALLOW', () => {
  it('opens exactly the named host and port', () => {
    const allow = parseAllowList('media.lan:8080, [::1]:90,127.0.0.1:81');
    expect(allow.has('media.lan', 8080)).toBe(true);
    expect(allow.has('::1', 90)).toBe(true);
    expect(allow.has('127.0.0.1', 81)).toBe(true);
    expect(allow.has('media.lan', 80)).toBe(false);
    expect(allow.has('a.media.lan', 8080)).toBe(false);
    expect(allow.has('127.0.0.1', 8080)).toBe(false);
  });

  it('reads any spelling of a host as the link will be read', () => {
    const allow = parseAllowList('LOCALHOST.:1,0x7f.1:2,[0:0::1]:3');
    expect(allow.has('localhost', 1)).toBe(true);
    expect(allow.has('127.0.0.1', 2)).toBe(true);
    expect(allow.has('::1', 3)).toBe(true);
  });

  it('opens nothing when empty', () => {
    expect(parseAllowList(' , ').has('', 0)).toBe(false);
  });

  it.each(['localhost', '::1:80', 'a:0', 'a:65536', 'http://a:80', 'a:80/x', 'u@a:80', 'a:b'])(
    'refuses %s and names it',
    (entry) => {
      expect(() => parseAllowList(`ok:1,${entry}`)).toThrow(`found "${entry}"`);
    },
  );
});

describe('one spelling per host', () => {
  it.each([
    ['127.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['０x７f.1', '127.0.0.1'],
    ['127。0。0。1', '127.0.0.1'],
    ['%31%32%37.0.0.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['[::FFFF:127.0.0.1]', '::ffff:7f00:1'],
    ['ⓛocalhost', 'localhost'],
    ['Example.COM.', 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('%s is %s', (text, host) => {
    expect(canonicalHost(text)).toBe(host);
  });

  it.each(['', '.', 'a/b', 'u@a', 'a:80', 'a\\b', 'a b', '[::1', '[fe80::1%25eth0]', '256.1.1.1'])(
    '"%s" is no host',
    (text) => {
      expect(canonicalHost(text)).toBeUndefined();
    },
  );
});
