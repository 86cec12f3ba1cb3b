import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRET_HEADER } from '../../edge/app.ts';
import { sign } from '../../shared/sign.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { type Edge, startEdge } from '../support/edge.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { migratedDatabase } from '../support/shared-postgres.ts';
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

  const post = (update: object) =>
    fetch(`${edge.url}/webhook`, {
      method: 'POST',
      headers: { [SECRET_HEADER]: SECRET },
      body: JSON.stringify(update),
    }).then(({ status }) => status);
  const send = (updateId: number, chat = updateId) =>
    post(message({ chat: { id: chat, type: 'private' }, from: { ...SARA, id: chat } }, updateId));

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

  describe('with real nodes of one PostgreSQL in their places', () => {
    let database: TestDatabase;
    let pool: pg.Pool;
    let scene: Scene;
    let full: Bot;

    beforeAll(async () => {
      const [, second, third] = nodes;
      await Promise.all(nodes.map((node) => node.die()));
      database = await migratedDatabase();
      pool = new pg.Pool({ connectionString: database.url, max: 1 });
      const shared = { DATABASE_URL: database.url, UPDATES: 'edge', NODE_SECRET: SECRET };
      scene = await startScene({ ...shared, NODE_NAME: 'good', PORT: String(third.port) });
      const own = { NODE_NAME: 'full', PORT: String(second.port) };
      full = await startBot({ env: { ...scene.env, ...own } });
    });
    afterAll(async () => {
      full?.kill('SIGKILL');
      await full?.dispose();
      await scene?.close();
      await pool?.end();
      await database?.drop();
    });

    /** One chat whose first message gets no answer from Telegram: all later ones wait behind it. */
    async function fill(url: string): Promise<void> {
      const { faults } = scene.telegram.api;
      faults.add({ method: '*', kind: 'hang', times: 100, when: (f) => f.chat_id === JAM });
      scene.telegram.api.say(JAM, JAM, 'hello');
      let refused = false;
      const sendOn = async () => {
        while (!refused) refused = (await postText(url, ++last)) === 503;
      };
      await Promise.all(Array.from({ length: 16 }, sendOn));
    }

    it('one dead, one full, one good: each update is taken once and delivered once', async () => {
      // The edge must have seen that these share a store, which the ones before them did not.
      await reach(['down', 'up', 'up']);
      await fill(full.url);
      const before = last;
      const people = Array.from({ length: 12 }, (_, n) => 8_000 + n);
      const asked = people.map((id) => {
        const text = `${scene.site.url}/small.mp4?of=${id}`;
        return scene.telegram.api.say(id, id, text);
      });
      const statuses = await Promise.all(
        asked.map((message, n) => post({ update_id: before + 1 + n, message })),
      );
      expect(statuses).toEqual(people.map(() => 200));
      const seen = () => asked.map(({ chat, message_id }) => scene.answers(chat.id, message_id));
      await scene.telegram.api.waitFor(
        () => seen().every((all) => all.length === 1 && all[0]?.kind === 'video'),
        90_000,
      );
      const { rows } = await pool.query(
        `SELECT count(*)::int AS updates, (SELECT array_agg(DISTINCT n.id) FROM nodes n
           JOIN updates o ON o.boot_id = n.boot_id WHERE o.update_id > $1) AS nodes
         FROM updates WHERE update_id > $1`,
        [before],
      );
      expect(rows).toEqual([{ updates: 12, nodes: ['good'] }]);
    });
  });
});

/** The chat of the person behind whom everything waits. */
const JAM = 7_777;

async function postText(url: string, updateId: number): Promise<number> {
  const id = String(updateId);
  const body = JSON.stringify({
    ...{ v: 1, updateId, receivedAt: Date.now(), ask: { kind: 'text', text: 'hello' } },
    ...{ chat: { id: JAM, type: 'private' }, user: { id: JAM } },
  });
  const timestamp = Math.floor(Date.now() / 1000);
  const answer = await fetch(`${url}/jobs`, {
    ...{ method: 'POST', body },
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': await sign({ id, timestamp, body, secret: SECRET }),
    },
  });
  await answer.arrayBuffer();
  return answer.status;
}
