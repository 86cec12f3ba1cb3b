import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAllowList } from '../../../node/egress/allow-list.ts';
import { connectPublic } from '../../../node/egress/connect.ts';
import type { Lookup } from '../../../node/egress/resolve.ts';
import { ownAddresses, resolvePublic } from '../../../node/egress/resolve.ts';
import { parseUpstream } from '../../../node/egress/upstream.ts';
import { dialHere, portOf, startCanary, tableLookup } from './support.ts';

const none = parseAllowList('');
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function canary() {
  const started = await startCanary();
  closers.push(started.close);
  return started;
}

describe('a connection to a name', () => {
  it('goes to the address that was checked, when a second look-up would turn private', async () => {
    const { port } = await canary();
    let asked = 0;
    const lookup: Lookup = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '93.184.216.34' : '127.0.0.1', family: 4 }];
    };
    const dial = dialHere();
    const target = { host: 'rebind.test', port };
    const socket = await connectPublic(target, { allow: none, lookup, dial });
    socket.destroy();
    expect(dial.dialled).toEqual(['93.184.216.34']);
    expect(asked).toBe(1);
    await expect(connectPublic(target, { allow: none, lookup, dial })).rejects.toMatchObject({
      code: 'private_address',
    });
    expect(dial.dialled).toHaveLength(1);
  });

  it('drops private addresses among public ones', async () => {
    const lookup = tableLookup({ 'mix.test': ['10.0.0.1', '1.1.1.1', '64:ff9b::101:101'] });
    const rules = { allow: none, lookup };
    expect(await resolvePublic({ host: 'mix.test', port: 80 }, rules)).toEqual([
      { address: '1.1.1.1', family: 4 },
    ]);
  });

  it('refuses this machine at its public addresses, where no firewall stands before it', async () => {
    const lookup = tableLookup({ 'me.test': ['1.1.1.1', '2606:4700::1111'] });
    const rules = { allow: none, lookup, own: () => ['127.0.0.1', '1.1.1.1', '2606:4700::1111'] };
    for (const host of ['me.test', '1.1.1.1', '2606:4700::1111']) {
      await expect(resolvePublic({ host, port: 8080 }, rules)).rejects.toMatchObject({
        code: 'private_address',
      });
    }
    const allow = parseAllowList('me.test:8080');
    const opened = await resolvePublic({ host: 'me.test', port: 8080 }, { ...rules, allow });
    expect(opened).toHaveLength(2);
  });

  it('knows what this machine is called', () => {
    expect(ownAddresses()).toContain('127.0.0.1');
  });

  it('tries the next address when one does not answer', async () => {
    const server = createServer().listen(0, '::1');
    await once(server, 'listening');
    closers.push(() => server.close());
    const port = portOf(server);
    const lookup = tableLookup({ 'two.test': ['127.0.0.1', '::1'] });
    const allow = parseAllowList(`two.test:${port}`);
    const socket = await connectPublic({ host: 'two.test', port }, { allow, lookup });
    expect(socket.remoteAddress).toBe('::1');
    socket.destroy();
  });

  it.each([
    [{ 'x.test': [] }, 'no_such_host', 'no_such_host'],
    [{}, 'no_such_host', 'no_such_host'],
    [{ 'x.test': ['10.1.2.3'] }, 'private_address', 'private_address'],
  ])('says why it failed: %o', async (table, reason, code) => {
    const lookup = tableLookup(table as Record<string, string[]>);
    const attempt = connectPublic({ host: 'x.test', port: 80 }, { allow: none, lookup });
    await expect(attempt).rejects.toMatchObject({ reason, code });
  });

  it('tells a resolver that is down from a name that does not exist', async () => {
    const lookup: Lookup = async () => {
      throw Object.assign(new Error('x'), { code: 'EAI_AGAIN' });
    };
    const attempt = connectPublic({ host: 'x.test', port: 80 }, { allow: none, lookup });
    await expect(attempt).rejects.toMatchObject({ reason: 'site_unreachable' });
  });

  it('ends in a timeout when the look-up never answers', async () => {
    const lookup: Lookup = () => new Promise(() => {});
    const rules = { allow: none, lookup, timeoutMs: 20 };
    const attempt = connectPublic({ host: 'x.test', port: 80 }, rules);
    await expect(attempt).rejects.toMatchObject({ reason: 'timeout', status: 504 });
  });

  it('says that nobody listens', async () => {
    const { port, close } = await startCanary();
    await close();
    const allow = parseAllowList(`127.0.0.1:${port}`);
    await expect(connectPublic({ host: '127.0.0.1', port }, { allow })).rejects.toMatchObject({
      reason: 'site_unreachable',
    });
  });
});

describe('an upstream proxy', () => {
  it('on a private address is used, and asked for the checked address', async () => {
    const asked: (string | undefined)[] = [];
    const upstream = createServer();
    upstream.on('connect', (req, socket) => {
      asked.push(req.url, req.headers['proxy-authorization']);
      socket.end('HTTP/1.1 200 OK\r\n\r\nearly');
    });
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    closers.push(() => upstream.close());
    const rules = {
      allow: none,
      lookup: tableLookup({ 'site.test': ['93.184.216.34'], 'in.test': ['192.168.0.9'] }),
      upstream: parseUpstream(`http://me:p%40ss@127.0.0.1:${portOf(upstream)}`),
    };
    const socket = await connectPublic({ host: 'site.test', port: 443 }, rules);
    const [bytes] = await once(socket, 'data');
    expect(String(bytes)).toBe('early');
    socket.destroy();
    expect(asked).toEqual(['93.184.216.34:443', `Basic ${btoa('me:p@ss')}`]);
    await expect(connectPublic({ host: 'in.test', port: 443 }, rules)).rejects.toMatchObject({
      reason: 'private_address',
    });
    expect(asked).toHaveLength(2);
  });

  it.each(['', '127.0.0.1:1', 'socks5://a:1', 'http://a/x'])('cannot be "%s"', (text) => {
    expect(() => parseUpstream(text)).toThrow('expected http://host:port');
  });
});

describe('ordinary links', () => {
  const sites =
    'youtube.com youtu.be googlevideo.com instagram.com cdninstagram.com x.com twitter.com ' +
    'twimg.com tiktok.com tiktokcdn.com facebook.com fbcdn.net vimeo.com vimeocdn.com aparat.com ' +
    'vk.com ok.ru rutube.ru reddit.com redd.it pinterest.com pinimg.com soundcloud.com sndcdn.com ' +
    'twitch.tv dailymotion.com bilibili.com tumblr.com bbc.co.uk telewebion.ir namava.ir archive.org';
  const names = sites.split(' ');
  const prefixes = ['', 'cdn.', 'video-1.', 'rr4---sn-4g5.', 'm.', 'local.', 'internal-news.'];
  const more = [
    'localhosting.example',
    'mylocal.example',
    'b_c.example',
    '10.example',
    'a.internals',
  ];
  const hosts = [...names.flatMap((name) => prefixes.map((p) => p + name)), ...more];
  const addresses = ['142.250.74.78', '157.240.1.174', '2a03:2880:f12d:83:face:b00c:0:25de'];
  const last = ['185.147.178.1', '5.160.0.1'];

  it(`are not refused: ${hosts.length} names at 5 addresses`, async () => {
    for (const address of [...addresses, ...last]) {
      const lookup = tableLookup(Object.fromEntries(hosts.map((host) => [host, [address]])));
      for (const host of hosts) {
        const found = await resolvePublic({ host, port: 443 }, { allow: none, lookup });
        expect(found[0]?.address).toBe(address);
      }
    }
  });

  it.each([80, 443, 8000, 8080, 8443, 1935, 3000, 81])('may use port %i', async (port) => {
    const target = { host: '1.1.1.1', port };
    expect(await resolvePublic(target, { allow: none })).toHaveLength(1);
  });

  it.each([22, 25, 465, 587, 6667, 6697])('may not use port %i', async (port) => {
    const target = { host: '1.1.1.1', port };
    await expect(resolvePublic(target, { allow: none })).rejects.toMatchObject({
      reason: 'blocked_port',
    });
  });
});
