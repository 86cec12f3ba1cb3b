import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, request } from 'node:http';
import { connect, createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { EgressProxy } from '../../../node/egress/proxy.ts';
import { ask, authorization, exchange, open, portOf, startCanary, startProxy } from './support.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return portOf(server);
}

/** A site on loopback that the proxy may reach. */
async function site(listener: RequestListener) {
  const server = createServer(listener);
  const port = await listen(server);
  closers.push(() => server.closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}` };
}

async function proxyTo(allow: string, more: Parameters<typeof startProxy>[0] = {}) {
  const proxy = await startProxy({ ...more, allow });
  closers.push(() => proxy.close());
  return proxy;
}

/** One request through the proxy; the answer with its whole body. */
async function through(proxy: EgressProxy, url: string, body?: Buffer) {
  const [name = '', value = ''] = authorization(proxy.url).split(': ');
  const { port } = new URL(proxy.url);
  const method = body ? 'POST' : 'GET';
  const asked = request({ host: '127.0.0.1', port, path: url, method, headers: { [name]: value } });
  asked.end(body);
  const [answer] = await once(asked, 'response');
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) };
}

describe('the password', () => {
  it('is asked for before anything is looked up or connected', async () => {
    const canary = await startCanary();
    closers.push(canary.close);
    const proxy = await proxyTo(`127.0.0.1:${canary.port}`);
    const target = `127.0.0.1:${canary.port}`;
    const wrong = [
      '',
      'Proxy-Authorization: Basic cG9zdGNoaTp3cm9uZw==\r\n',
      `${authorization(proxy.url)}x\r\n`,
      `${authorization(proxy.url).replace('Basic', 'Bearer')}\r\n`,
      `${authorization(proxy.url).replace('Proxy-', '')}\r\n`,
    ];
    for (const line of wrong) {
      for (const start of [`GET http://${target}/`, `CONNECT ${target}`]) {
        const answer = await exchange(proxy.url, `${start} HTTP/1.1\r\nHost: x\r\n${line}\r\n`);
        expect(answer).toMatch(/^HTTP\/1\.1 407 .*proxy-authenticate: Basic/s);
      }
    }
    expect(canary.hits()).toBe(0);
  });

  it('differs from proxy to proxy', async () => {
    const [one, two] = [await proxyTo(''), await proxyTo('')];
    expect(new URL(one.url).password).toHaveLength(48);
    expect(new URL(one.url).password).not.toBe(new URL(two.url).password);
  });
});

describe('a plain request', () => {
  it('carries a large body each way unchanged', async () => {
    const bytes = randomBytes(8 * 1024 * 1024);
    const { url, host } = await site((req, res) => req.pipe(res));
    const proxy = await proxyTo(host);
    const answer = await through(proxy, url, bytes);
    expect(sha256(answer.body)).toBe(sha256(bytes));
  });

  it('keeps path and query byte by byte, replaces Host, and drops what is for the proxy', async () => {
    let seen = { url: '', raw: [] as string[] };
    const { host } = await site((req, res) => {
      seen = { url: req.url ?? '', raw: req.rawHeaders };
      res.end();
    });
    const proxy = await proxyTo(host);
    await ask(
      proxy.url,
      `GET http://u:p@${host}/a/../b%2f|~?sig=x%3D&q=[1] HTTP/1.1`,
      'Host: evil.test',
      'X-Secret-Hop: 1',
      'Connection: X-Secret-Hop',
      'Range: bytes=0-',
      'Cookie: a=1',
    );
    expect(seen.url).toBe('/a/../b%2f|~?sig=x%3D&q=[1]');
    const names = seen.raw.map((text) => text.toLowerCase());
    expect(names).toEqual(expect.arrayContaining(['range', 'cookie', host]));
    expect(names).not.toContain('proxy-authorization');
    expect(names).not.toContain('x-secret-hop');
    expect(names).not.toContain('evil.test');
  });

  it('lets the client follow a redirect only through the same check', async () => {
    const canary = await startCanary();
    closers.push(canary.close);
    const location = `http://127.0.0.1:${canary.port}/`;
    const { url, host } = await site((_req, res) => res.writeHead(302, { location }).end());
    const proxy = await proxyTo(host);
    const first = await through(proxy, url);
    expect(first.status).toBe(302);
    expect((await through(proxy, String(first.headers.location))).status).toBe(403);
    expect(canary.hits()).toBe(0);
  });

  it('takes no site for the proxy: the header of refusals is removed', async () => {
    const { url, host } = await site((_req, res) => {
      res.writeHead(403, { 'postchi-egress': 'private_address', 'x-own': '1' }).end();
    });
    const answer = await through(await proxyTo(host), url);
    expect(answer.headers['x-own']).toBe('1');
    expect(answer.headers['postchi-egress']).toBeUndefined();
  });

  it('breaks off when the site breaks off, so that a part is not taken for the whole', async () => {
    const { url, host } = await site((_req, res) => {
      res.writeHead(200, { 'content-length': '100' });
      res.write('part', () => res.destroy());
    });
    await expect(through(await proxyTo(host), url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('becomes 504 when the site stays silent and 502 when it speaks no HTTP', async () => {
    const silentSite = await listen(createTcpServer((socket) => socket.resume()));
    const noise = await listen(createTcpServer((socket) => socket.resume().end('hello\r\n\r\n')));
    const allow = `127.0.0.1:${silentSite},127.0.0.1:${noise}`;
    const proxy = await proxyTo(allow, { idleMs: 100 });
    const late = await through(proxy, `http://127.0.0.1:${silentSite}/`);
    expect(late.status).toBe(504);
    expect(late.headers['postchi-egress']).toBe('timeout');
    expect((await through(proxy, `http://127.0.0.1:${noise}/`)).status).toBe(502);
  });

  it('is refused when its head is too long', async () => {
    const proxy = await proxyTo('');
    const answer = await ask(proxy.url, 'GET http://a.test/ HTTP/1.1', `X: ${'y'.repeat(40_000)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('a tunnel', () => {
  const tunnel = async (proxy: EgressProxy, host: string) => {
    const socket = open(proxy.url);
    closers.push(() => socket.destroy());
    socket.write(`CONNECT ${host} HTTP/1.1\r\nHost: x\r\n${authorization(proxy.url)}\r\n\r\n`);
    const [head] = await once(socket, 'data');
    expect(String(head)).toBe('HTTP/1.1 200 Connection established\r\n\r\n');
    return socket;
  };

  it('carries bytes each way unchanged and passes a half-close on', async () => {
    const echo = createTcpServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    const port = await listen(echo);
    const proxy = await proxyTo(`127.0.0.1:${port}`);
    const socket = await tunnel(proxy, `127.0.0.1:${port}`);
    const bytes = randomBytes(8 * 1024 * 1024);
    socket.end(bytes);
    const parts: Buffer[] = [];
    for await (const part of socket) parts.push(part as Buffer);
    expect(sha256(Buffer.concat(parts))).toBe(sha256(bytes));
  });

  it('holds the site back when the client does not read', async () => {
    let sent = 0;
    const blocked = new Promise<void>((resolve) => {
      const chunk = Buffer.alloc(64 * 1024);
      const flood = createTcpServer((socket) => {
        socket.on('error', () => {});
        // Sockets' buffers may fill; 64 MB would mean that the proxy piles up what it reads.
        const pour = () => {
          while (sent < 64 * 1024 * 1024) {
            sent += chunk.length;
            if (!socket.write(chunk)) {
              const idle = setTimeout(resolve, 300);
              socket.once('drain', () => {
                clearTimeout(idle);
                pour();
              });
              return;
            }
          }
          resolve();
        };
        socket.once('data', pour);
      });
      void listen(flood).then(async (port) => {
        const proxy = await proxyTo(`127.0.0.1:${port}`);
        const socket = await tunnel(proxy, `127.0.0.1:${port}`);
        socket.pause();
        socket.write('go');
      });
    });
    await blocked;
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it('ends on both sides when the client is cut', async () => {
    let gone = () => {};
    const closed = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const port = await listen(
      createTcpServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .on('close', gone),
      ),
    );
    const socket = await tunnel(await proxyTo(`127.0.0.1:${port}`), `127.0.0.1:${port}`);
    socket.resetAndDestroy();
    await closed;
  });
});

describe('a stranger on this machine', () => {
  it('ends nothing by hanging up in the middle of an answer', async () => {
    const proxy = await proxyTo('127.0.0.1:1');
    const { port } = new URL(proxy.url);
    const asked = [
      'GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: Upgrade',
      'CONNECT 127.0.0.1:1 HTTP/1.1',
    ];
    for (const start of [...asked, ...asked, ...asked]) {
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(`${start}\r\nHost: x\r\n\r\n`, () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    // An unheard fault of a socket would have ended this process.
    expect(await exchange(proxy.url, 'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 407/,
    );
  });
});

describe('closing', () => {
  it('leaves no connection behind, in tunnels, requests and idle clients', async () => {
    const port = await listen(createTcpServer((socket) => socket.on('error', () => {}).resume()));
    const proxy = await startProxy({ allow: `127.0.0.1:${port}` });
    const auth = authorization(proxy.url);
    const sockets = [`CONNECT 127.0.0.1:${port}`, `GET http://127.0.0.1:${port}/`, ''].map(
      (line) => {
        const socket = open(proxy.url);
        socket.resume();
        if (line) socket.write(`${line} HTTP/1.1\r\nHost: x\r\n${auth}\r\n\r\n`);
        return socket;
      },
    );
    await expect.poll(() => proxy.stats.open).toBe(2);
    const closed = sockets.map((socket) => once(socket, 'close'));
    await proxy.close();
    await Promise.all(closed);
    await expect.poll(() => proxy.stats.open).toBe(0);
    const late = connect({ host: '127.0.0.1', port: Number(new URL(proxy.url).port) });
    const [error] = await once(late, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('counts what happened', async () => {
    const { url, host } = await site((_req, res) => res.end('hello'));
    const proxy = await proxyTo(host);
    await through(proxy, url);
    await through(proxy, 'http://10.0.0.1/');
    await expect.poll(() => proxy.stats.open).toBe(0);
    expect(proxy.stats).toMatchObject({ requests: 2, refused: 1, failed: 0 });
    expect(proxy.stats.bytesIn).toBeGreaterThan(5);
  });
});
