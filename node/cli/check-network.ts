/** Names, and the proxy every download goes through. */
import { lookup } from 'node:dns/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProxyAgent, request } from 'undici';
import { parseAllowList } from '../egress/allow-list.ts';
import { startEgressProxy } from '../egress/proxy.ts';
import { type Check, found } from '../health/check.ts';
import type { Log } from '../log.ts';

type Lookup = (name: string) => Promise<unknown>;

export async function dnsCheck(names: readonly string[], resolve: Lookup = lookup): Promise<Check> {
  const answers = await Promise.allSettled(names.map((name) => resolve(name)));
  const unknown = names.filter((_name, index) => answers[index]?.status === 'rejected');
  const step = 'check the network and /etc/resolv.conf';
  if (unknown.length > 0) {
    const detail = `not found: ${unknown.join(', ')}`;
    return found({ name: 'dns', state: 'warn', detail }, step);
  }
  return { name: 'dns', state: 'ok', detail: `found ${names.join(', ')}` };
}

/**
 * Asks the proxy for something on this machine, which it must refuse: a link somebody sends
 * could otherwise reach what only this machine can reach.
 */
export async function egressCheck(log: Log): Promise<Check> {
  const secret = createServer((_request, response) => response.end('private'));
  await new Promise<void>((resolve) => secret.listen(0, '127.0.0.1', resolve));
  const { port } = secret.address() as AddressInfo;
  const proxy = await startEgressProxy({ allow: parseAllowList(''), log });
  const agent = new ProxyAgent({ uri: proxy.url, proxyTunnel: false });
  try {
    const answer = await request(`http://127.0.0.1:${port}/`, { dispatcher: agent });
    await answer.body.dump();
    if (answer.statusCode === 403)
      return { name: 'egress', state: 'ok', detail: 'private addresses are refused' };
    const detail = `a private address was answered with ${answer.statusCode}`;
    return found({ name: 'egress', state: 'bad', detail }, 'do not run the bot; report this');
  } finally {
    await agent.close();
    await proxy.close();
    secret.closeAllConnections();
    secret.close();
  }
}
