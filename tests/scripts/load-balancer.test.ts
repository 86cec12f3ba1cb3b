/** The files for a load balancer, run by the load balancers themselves in front of three nodes. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SECRET_HEADER } from '../../edge/app.ts';
import { sign } from '../../shared/sign.ts';
import { freePort } from '../support/bot.ts';
import {
  balancer,
  configOf,
  type RunningBalancer,
  runBalancer,
} from '../support/load-balancers.ts';
import { type StandInNode, startStandIn } from '../support/stand-in-node.ts';

const SECRET = 's'.repeat(40);

describe.each(['haproxy', 'nginx'] as const)('%s with the file of deploy/', (name) => {
  const program = balancer(name);
  let nodes: [StandInNode, StandInNode, StandInNode];
  let running: RunningBalancer;
  let url: string;
  let last = 0;

  beforeAll(async () => {
    if (!program) return;
    const seen = new Set<number>();
    const start = () => startStandIn({ secret: SECRET, seen });
    nodes = [await start(), await start(), await start()];
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const config = configOf(
      name,
      port,
      nodes.map((node) => `127.0.0.1:${node.port}`),
    );
    running = runBalancer(name, config, program);
    await vi.waitFor(() => fetch(url), 10_000);
  }, 180_000);
  afterAll(async () => {
    await running?.stop();
    await Promise.all((nodes ?? []).map((node) => node.die()));
  });

  async function job(id: number): Promise<number> {
    const body = JSON.stringify({
      ...{ v: 1, updateId: id, receivedAt: Date.now() },
      ...{ chat: { id: 7, type: 'private' }, user: { id: 7 } },
      ask: { kind: 'text', text: 'a'.repeat(id % 2 ? 10 : 4000) },
    });
    const timestamp = Math.floor(Date.now() / 1000);
    const { status } = await fetch(`${url}/jobs`, {
      ...{ method: 'POST', body },
      headers: {
        'webhook-id': String(id),
        'webhook-timestamp': String(timestamp),
        'webhook-signature': await sign({ id: String(id), timestamp, body, secret: SECRET }),
      },
    });
    return status;
  }
  const update = (id: number, body = JSON.stringify({ update_id: id })) =>
    fetch(`${url}/webhook`, { method: 'POST', body, headers: { [SECRET_HEADER]: SECRET } }).then(
      ({ status }) => status,
    );

  /** Jobs and updates by turns; returns their ids after all of them were taken. */
  async function sendMany(n: number): Promise<number[]> {
    const ids = Array.from({ length: n }, () => ++last);
    for (const id of ids) expect(await (id % 3 ? job(id) : update(id))).toBeOneOf([200, 202]);
    return ids;
  }
  const storedBy = (ids: readonly number[]) =>
    nodes.map(({ stored }) => stored.filter((id) => ids.includes(id)).length);
  const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b);

  const sendUntilUsed = (node: StandInNode) => {
    const before = node.stored.length;
    const more = async () => {
      await sendMany(6);
      return node.stored.length;
    };
    return expect.poll(more, { timeout: 15_000, interval: 250 }).toBeGreaterThan(before);
  };

  it.skipIf(!program)('finds the file sound', () => {
    expect(running.checked).toEqual({ ok: true, said: expect.not.stringMatching(/warn/i) });
  });

  it.skipIf(!program)('gives every node a share, and nothing to two', async () => {
    const shares = storedBy(await sendMany(30));
    expect([total(shares), Math.min(...shares) > 0]).toEqual([30, true]);
  });

  it.skipIf(!program)('passes over a dead node and finds it when it is back', async () => {
    const [node] = nodes;
    await node.die();
    const shares = storedBy(await sendMany(30));
    expect([shares[0], total(shares)]).toEqual([0, 30]);
    await node.revive();
    await sendUntilUsed(node);
  });

  it.skipIf(!program)('goes to another node when one is full', async () => {
    const [node] = nodes;
    node.mode = 'full';
    const shares = storedBy(await sendMany(12));
    node.mode = 'takes';
    expect([shares[0], total(shares)]).toEqual([0, 12]);
  });

  /** Sends until a round passes without the node; returns the ids. */
  async function sendUntilLeftAlone(node: StandInNode): Promise<number[]> {
    const ids = await sendMany(12);
    const isLeftAlone = async () => {
      const before = node.asked;
      ids.push(...(await sendMany(12)));
      return node.asked === before;
    };
    await expect.poll(isLeftAlone, { timeout: 15_000 }).toBe(true);
    return ids;
  }

  it.skipIf(!program)('gives a draining node nothing, and loses nothing meanwhile', async () => {
    const [node] = nodes;
    node.draining = true;
    const ids = await sendUntilLeftAlone(node);
    node.draining = false;
    const shares = storedBy(ids);
    expect([shares[0], total(shares)]).toEqual([0, ids.length]);
  });

  // nginx does not ask a node how it is; such a node takes what comes and lets others do it.
  if (name === 'haproxy') {
    it.skipIf(!program)('leaves a node alone that an admin drains', async () => {
      const [, , node] = nodes;
      node.drained = true;
      const ids = await sendUntilLeftAlone(node);
      node.drained = false;
      expect(total(storedBy(ids))).toBe(ids.length);
    });
  }

  it.skipIf(!program)('stores nothing twice when a connection breaks after it', async () => {
    const [, node, other] = nodes;
    await sendUntilUsed(other);
    node.mode = 'breaks';
    const before = node.stored.length;
    const ids: number[] = [];
    while (node.stored.length === before) ids.push(...(await sendMany(1)));
    node.mode = 'takes';
    expect(total(storedBy(ids))).toBe(ids.length);
  });

  it.skipIf(!program)('lets through what is meant for the nodes, up to 256 KiB', async () => {
    expect(await update(0, 'x'.repeat(256 * 1024 + 1))).toBe(413);
    const others = ['/healthz', '/metrics', '/jobs/1', '/'].map((path) => fetch(url + path));
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect((await fetch(`${url}/jobs`)).status).toBeOneOf([403, 404]);
  });
});
