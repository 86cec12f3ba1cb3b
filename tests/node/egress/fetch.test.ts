import { once } from 'node:events';
import { createServer } from 'node:http';
import { fetch } from 'undici';
import { afterEach, expect, it } from 'vitest';
import { parseAllowList } from '../../../node/egress/allow-list.ts';
import { publicFetchDispatcher } from '../../../node/egress/fetch.ts';
import { portOf, startCanary, tableLookup } from './support.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

it('the node itself reaches no private address: literals, names, redirects, IPv6', async () => {
  const canary = await startCanary();
  const server = createServer((_req, res) => {
    res.writeHead(302, { location: `http://127.0.0.1:${canary.port}/` }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = `127.0.0.1:${portOf(server)}`;
  const lookup = tableLookup({ 'in.test': ['127.0.0.1'] });
  const dispatcher = publicFetchDispatcher({ allow: parseAllowList(here), lookup });
  closers.push(
    canary.close,
    () => server.close(),
    () => dispatcher.close(),
  );
  const hosts = ['127.0.0.1', '0x7f.1', '[::1]', '[::ffff:7f00:1]', 'localhost', 'in.test'];
  const urls = hosts.flatMap((host) => [
    `http://${host}:${canary.port}/`,
    `https://${host}:${canary.port}/`,
  ]);
  for (const url of [...urls, `http://${here}/`]) {
    await expect(fetch(url, { dispatcher }), url).rejects.toMatchObject({
      cause: { code: 'private_address' },
    });
  }
  expect(canary.hits()).toBe(0);
});

it('the node reaches what the allow-list opens', async () => {
  const canary = await startCanary();
  const allow = parseAllowList(`[::1]:${canary.port}`);
  const dispatcher = publicFetchDispatcher({ allow });
  closers.push(canary.close, () => dispatcher.close());
  const answer = await fetch(`http://[::1]:${canary.port}/`, { dispatcher });
  expect(await answer.text()).toBe('canary');
});
