import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRET_HEADER } from '../../edge/app.ts';
import { type Edge, startEdge } from '../support/edge.ts';
import { type StandInNode, startStandIn } from '../support/stand-in-node.ts';
import { message, SARA } from '../support/updates.ts';

const SECRET = 's'.repeat(40);

describe('wrangler dev with three nodes', () => {
  const seen = new Set<number>();
  let nodes: [StandInNode, StandInNode, StandInNode];
  let edge: Edge;
  let last = 0;

  beforeAll(async () => {
    const start = () => startStandIn({ secret: SECRET, seen });
    nodes = [await start(), await start(), await start()];
    edge = await startEdge({
      NODE_URL: nodes.map(({ url }) => url).join(','),
      ...{ WEBHOOK_SECRET: SECRET, NODE_SECRET: SECRET },
      ...{ RATE_LIMIT_GLOBAL_PER_MIN: '0', RATE_LIMIT_USER_PER_MIN: '0' },
    });
  });
  afterAll(async () => {
    await edge?.stop();
    await Promise.all((nodes ?? []).map((node) => node.die()));
  });

  const send = (updateId: number, chat = updateId) =>
    fetch(`${edge.url}/webhook`, {
      method: 'POST',
      headers: { [SECRET_HEADER]: SECRET },
      body: JSON.stringify(
        message({ chat: { id: chat, type: 'private' }, from: { ...SARA, id: chat } }, updateId),
      ),
    }).then(({ status }) => status);

  /** Of so many chats one each; the ids, in the order they were sent. */
  async function sendMany(n: number): Promise<number[]> {
    const ids = Array.from({ length: n }, () => ++last);
    const statuses = await Promise.all(ids.map((id) => send(id)));
    expect(statuses).toEqual(ids.map(() => 200));
    return ids;
  }
  const storedBy = (ids: readonly number[]) =>
    nodes.map(({ stored }) => stored.filter((id) => ids.includes(id)).length);
  const states = async () => {
    const report = await (await fetch(`${edge.url}/healthz`)).json();
    return (report as { nodes: { state: string }[] }).nodes.map(({ state }) => state);
  };
  const reach = (wanted: string[]) =>
    expect.poll(states, { timeout: 20_000, interval: 200 }).toEqual(wanted);

  it('one dead, one full, one good: every update is taken exactly once', async () => {
    const [dead, full] = nodes;
    await dead.die();
    full.mode = 'full';
    expect((await states())[0]).toBe('down');
    const ids = await sendMany(30);
    expect(storedBy(ids)).toEqual([0, 0, 30]);
  });

  it('those that are back get their share again', async () => {
    const [dead, full] = nodes;
    await dead.revive();
    full.mode = 'takes';
    await reach(['up', 'up', 'up']);
    const shares = storedBy(await sendMany(60));
    expect(shares.reduce((a, b) => a + b)).toBe(60);
    expect(Math.min(...shares)).toBeGreaterThan(0);
  });

  it('one that stores a job and never answers is followed by one of the same store, which has seen it', async () => {
    for (const node of nodes) node.mode = 'late';
    const id = ++last;
    const asking = send(id);
    await expect.poll(() => storedBy([id])).toContain(1);
    for (const node of nodes) node.mode = 'takes';
    expect(await asking).toBe(200);
    expect(storedBy([id]).reduce((a, b) => a + b)).toBe(1);
  });

  it('one that never answers keeps the update to itself where stores are separate', async () => {
    for (const [i, node] of nodes.entries()) node.cluster = `store ${i}`;
    await expect
      .poll(async () => (await (await fetch(`${edge.url}/healthz`)).json()) as object, {
        timeout: 20_000,
      })
      .toMatchObject({ stores: 'separate' });
    const before = nodes.map(({ asked }) => asked);
    const asked = () => nodes.map((node, i) => node.asked - (before[i] ?? 0));
    for (const node of nodes) node.mode = 'mute';
    const id = ++last;
    expect(await send(id)).toBe(503);
    const [holder] = nodes.filter((_, i) => asked()[i] === 1);
    expect(asked().toSorted()).toEqual([0, 0, 1]);
    for (const node of nodes) node.mode = 'takes';
    expect(await send(id)).toBe(200);
    expect(holder?.stored).toContain(id);
  });
});
