/** Hostile links through a real proxy, with a listener on every local address that must stay alone. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EgressProxy } from '../../../node/egress/proxy.ts';
import { SPELLINGS } from '../../support/hostile/spellings.ts';
import {
  ask,
  authorization,
  dialHere,
  exchange,
  portOf,
  startCanary,
  startProxy,
  tableLookup,
} from './support.ts';

const LOOKUPS = {
  'one.test': ['127.0.0.1'],
  'mixed.test': ['127.0.0.1', '::1', '10.0.0.1'],
  'six.test': ['::1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'nat64.test': ['64:ff9b::7f00:1'],
  'meta.test': ['169.254.169.254'],
  'zero.test': ['0.0.0.0'],
};

let canary: Awaited<ReturnType<typeof startCanary>>;
let proxy: EgressProxy;
/** Records every attempt, also at addresses that nobody listens on here. */
const dial = dialHere();

beforeAll(async () => {
  canary = await startCanary();
  proxy = await startProxy({ lookup: tableLookup(LOOKUPS), dial });
});
afterAll(async () => {
  await proxy.close();
  await canary.close();
});

const refused = (answer: string) =>
  /^HTTP\/1\.1 (400 |403 |502 postchi-egress: no_such_host)/.test(answer);

describe('hostile links', () => {
  it('the canary does notice a connection', async () => {
    const open = await startProxy({ allow: `127.0.0.1:${canary.port}` });
    const before = canary.hits();
    const url = `http://127.0.0.1:${canary.port}/`;
    expect(await ask(open.url, `GET ${url} HTTP/1.1`, 'Host: x')).toContain('canary');
    expect(canary.hits()).toBe(before + 1);
    await open.close();
  });

  it.each([
    ['GET', (host: string, port: number) => `GET http://${host}:${port}/ HTTP/1.1`],
    ['POST', (host: string, port: number) => `POST http://${host}:${port}/ HTTP/1.1`],
    ['CONNECT', (host: string, port: number) => `CONNECT ${host}:${port} HTTP/1.1`],
    ['user info', (host: string, port: number) => `GET http://a.test@${host}:${port}/ HTTP/1.1`],
    ['case', (host: string, port: number) => `GET HTTP://${host.toUpperCase()}:${port}/ HTTP/1.1`],
  ])(`reach nothing local by %s in any of ${SPELLINGS.length} spellings`, async (_name, line) => {
    const before = canary.hits();
    const wrong: string[] = [];
    for (const host of SPELLINGS) {
      const answer = await ask(proxy.url, line(host, canary.port), 'Host: ok.test');
      if (!refused(answer)) wrong.push(`${host}: ${answer.slice(0, 60)}`);
    }
    expect(wrong).toEqual([]);
    expect(dial.dialled).toEqual([]);
    expect(canary.hits()).toBe(before);
  });

  it('reach nothing by other schemes and forms of the request line', async () => {
    const before = canary.hits();
    const here = `127.0.0.1:${canary.port}`;
    const lines = ['https', 'ftp', 'ws', 'gopher', 'file', 'rtsp', 'tftp', 'ldap', 'dict']
      .map((scheme) => `GET ${scheme}://${here}/ HTTP/1.1`)
      .concat([
        'GET / HTTP/1.1',
        'OPTIONS * HTTP/1.1',
        `GET //${here}/ HTTP/1.1`,
        `GET ${here} HTTP/1.1`,
        `CONNECT http://${here}/ HTTP/1.1`,
        `CONNECT u@${here} HTTP/1.1`,
        'CONNECT 127.0.0.1 HTTP/1.1',
        `CONNECT ${here}/x HTTP/1.1`,
        `CONNECT [::1]${here} HTTP/1.1`,
        `CONNECT :${canary.port} HTTP/1.1`,
        `GET http://${here}#@ok.test/ HTTP/1.1`,
        `GET http://${here}\\@ok.test/ HTTP/1.1`,
        `GET http:${here}/ HTTP/1.1`,
        `GET http:/${here}/ HTTP/1.1`,
        `GET http:///${here}/ HTTP/1.1`,
        `GET http://ok.test:80@${here}/ HTTP/1.1`,
        `GET http://[${here}]/ HTTP/1.1`,
      ]);
    for (const line of lines) {
      expect(await ask(proxy.url, line, `Host: ${here}`), line).toMatch(/^HTTP\/1\.1 (400|403) /);
    }
    expect(canary.hits()).toBe(before);
  });

  it('cannot ride behind an allowed request on the same connection', async () => {
    const site = createServer((_req, res) => res.end('site'));
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const open = await startProxy({ allow: `127.0.0.1:${portOf(site)}` });
    const auth = authorization(open.url);
    const good = `http://127.0.0.1:${portOf(site)}/`;
    const evil = `GET http://127.0.0.1:${canary.port}/ HTTP/1.1\r\nHost: x\r\n${auth}\r\n\r\n`;
    const before = canary.hits();
    const head = `POST ${good} HTTP/1.1\r\nHost: 127.0.0.1:${canary.port}\r\n${auth}\r\n`;
    const attempts = [
      `GET ${good} HTTP/1.1\r\nHost: x\r\n${auth}\r\n\r\n${evil}`,
      `${head}Content-Length: 0\r\n\r\n${evil}`,
      `${head}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${evil}`,
      `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${evil}`,
      `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${evil}`,
      `${head}Transfer-Encoding:\tchunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${evil}`,
      `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd${evil}`,
      `${head}Content-Length: ${evil.length}\r\nConnection: content-length\r\n\r\n${evil}`,
      `${head}Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n${evil}`,
    ];
    for (const bytes of attempts) {
      // A second, closing request of our own ends connections that stay open.
      const last = `GET / HTTP/1.1\r\nHost: x\r\n${auth}\r\nConnection: close\r\n\r\n`;
      const answer = await exchange(open.url, bytes + last);
      expect(answer, bytes).not.toContain('canary');
    }
    expect(canary.hits()).toBe(before);
    await open.close();
    site.close();
  });

  it('answers each kind of refusal in its own words', async () => {
    const say = (line: string) => ask(proxy.url, line, 'Host: x');
    const own = await say('CONNECT one.test:443 HTTP/1.1');
    expect(own).toMatch(/^HTTP\/1\.1 403 postchi-egress: private_address\r\n/);
    expect(own).toContain('\r\npostchi-egress: private_address\r\n');
    expect(await say('GET http://gone.test/ HTTP/1.1')).toMatch(
      /^HTTP\/1\.1 502 postchi-egress: no_such_host\r\n/,
    );
    expect(await say('CONNECT 93.184.216.34:25 HTTP/1.1')).toContain(
      'postchi-egress: blocked_port',
    );
  });
});
