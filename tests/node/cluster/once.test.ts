/** What must happen once, and the logins all share, on two nodes over one real PostgreSQL. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAlerts } from '../../../node/alerts/alerts.ts';
import { toldAlerts } from '../../../node/alerts/told.ts';
import { createBroadcasts } from '../../../node/broadcast/broadcast.ts';
import { announcedState } from '../../../node/cluster/announced-state.ts';
import { pgJars } from '../../../node/cluster/postgres/jars.ts';
import { lookAtNodes } from '../../../node/cluster/watch-nodes.ts';
import { openCookieJars } from '../../../node/cookies/jars.ts';
import { RESTS } from '../../../node/cookies/rests.ts';
import { pgStateStore } from '../../../node/store/postgres/state.ts';
import { pgUserStore } from '../../../node/store/postgres/users.ts';
import { shareOf, TELEGRAM_LIMITS } from '../../../node/telegram/send-budget.ts';
import type { AdminTexts } from '../../../shared/texts/catalogue/admin.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { eventually, quiet, startNode, type TestNode } from '../../support/cluster.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { migratedDatabase } from '../../support/shared-postgres.ts';

let database: TestDatabase;
let a: TestNode;
let b: TestNode;
const dead = new Set<TestNode>();

beforeAll(async () => {
  database = await migratedDatabase();
});
beforeEach(async () => {
  const { url } = database;
  [a, b] = await Promise.all([startNode(url, 'a'), startNode(url, 'b')]);
  await a.pool.query('TRUNCATE state, users, jars');
});
afterEach(async () => {
  for (const node of [a, b]) {
    await node.cluster.close();
    if (!dead.has(node)) await node.close();
  }
});
afterAll(() => database?.drop());

describe('a broadcast', () => {
  let got: number[];
  let ended: string[];
  const broadcastsOf = (node: TestNode, pace: () => Promise<unknown>) =>
    createBroadcasts({
      api: {
        copyMessage: async (chat) => {
          got.push(Number(chat));
          return { message_id: 1 };
        },
      },
      store: { state: pgStateStore(node.db), users: pgUserStore(node) },
      ...{ cluster: node.cluster, log: quiet, now: () => 5000, sleep: pace },
      onEnd: async ({ phase }) => void ended.push(phase),
    });
  beforeEach(async () => {
    [got, ended] = [[], []];
    const users = pgUserStore(a);
    for (let id = 1; id <= 20; id++) await users.seen({ id }, 1);
  });

  it('is sent by one node however many are asked to go on with it', async () => {
    const all = [broadcastsOf(a, async () => {}), broadcastsOf(b, async () => {})];
    await all[0]?.draft(900, 77);
    expect(await all[0]?.start()).toBe(true);
    await Promise.all([...all, ...all].map((one) => one.resume()));
    await eventually(() => ended.length > 0);
    await Promise.all(all.map((one) => one.close()));
    expect(got).toHaveLength(20);
    expect(new Set(got).size).toBe(20);
    expect(ended).toEqual(['done']);
  });

  it('is stopped from another node, and no other draft takes its place meanwhile', async () => {
    const slow = () => new Promise((done) => setTimeout(done, 20));
    const [one, two] = [broadcastsOf(a, slow), broadcastsOf(b, slow)];
    await one.draft(900, 77);
    await one.start();
    await eventually(() => got.length > 2);
    expect(await two.draft(901, 78)).toBeUndefined();
    await two.stop();
    await eventually(() => ended.length > 0);
    await Promise.all([one.close(), two.close()]);
    expect(ended).toEqual(['stopped']);
    expect(got.length).toBeLessThan(20);
  });

  it('goes on at another node when the one that sends it dies', async () => {
    let stuck = false;
    const one = broadcastsOf(a, () => {
      stuck = got.length >= 5;
      return stuck ? new Promise(() => {}) : Promise.resolve();
    });
    const two = broadcastsOf(b, async () => {});
    await one.draft(900, 77);
    await one.start();
    await eventually(() => stuck);
    dead.add(a);
    await a.die();
    await eventually(async () => {
      await two.resume();
      return ended.length > 0;
    });
    await two.close();
    // The one under way may be told twice, as after a restart.
    expect(new Set(got).size).toBe(20);
    expect(got.length).toBeLessThanOrEqual(21);
  });
});

describe('alerts', () => {
  const told: string[] = [];
  const tell = async (words: (texts: AdminTexts) => string) => {
    told.push(words(textsFor('en').admin));
  };
  beforeEach(() => void told.splice(0));

  it('tell once that a node is gone and once that it is back, whichever node looks', async () => {
    const look = (node: TestNode) =>
      lookAtNodes({ cluster: node.cluster, state: pgStateStore(node.db), tell, now: () => 1 });
    await look(a);
    expect(told).toEqual([]);
    dead.add(b);
    await b.die();
    await eventually(async () => (await a.cluster.nodes()).some(({ alive }) => !alive));
    await look(a);
    await look(a);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/Node .b. is gone/);
    b = await startNode(database.url, 'b');
    await look(b);
    await look(a);
    expect(told.slice(1)).toEqual([expect.stringMatching(/Node .b. is back/)]);
    // One that leaves as it should is no news.
    await b.cluster.close();
    await look(a);
    expect(told).toHaveLength(2);
  });

  it('about all nodes come from one of them, about a machine from that machine with its name', async () => {
    const alertsOf = ({ cluster, db }: TestNode) =>
      createAlerts({
        ...{ tell, now: () => 1, told: toldAlerts(pgStateStore(db), () => 1) },
        several: { node: cluster.nodeId, mayI: () => cluster.once('alerts') },
      });
    const check = (name: 'disk' | 'success') =>
      ({ name, state: 'bad', detail: 'it said', facts: { percent: 5 } }) as const;
    const checks = [check('disk'), check('success')];
    const [one, two] = [alertsOf(a), alertsOf(b)];
    for (const alerts of [one, two, one, two]) await alerts.look({ checks });
    expect(told.filter((words) => words.includes('of the jobs succeed'))).toHaveLength(1);
    expect(told.filter((words) => /^\u2068[ab]\u2069: ⚠️ The disk/.test(words))).toHaveLength(2);
    expect(one.worries).toEqual(['success', 'disk']);
  });
});

describe('logins', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'postchi-jars-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const cookie = (name: string, value: string) =>
    ['.instagram.com', 'TRUE', '/', 'TRUE', 4_102_444_800, name, value].join('\t');
  const text = (...lines: string[]) => ['# Netscape HTTP Cookie File', ...lines, ''].join('\n');
  async function jarsOf(node: TestNode) {
    const own = join(dir, node.cluster.nodeId);
    const shared = pgJars(node.db, node.cluster);
    const state = announcedState(pgStateStore(node.db), node.cluster);
    const jars = await openCookieJars({ dir: own, log: quiet, shared, state });
    node.cluster.on('jars', () => void jars.sync());
    node.cluster.on('state', ({ space }) => {
      if (space === RESTS) void jars.sync();
    });
    await jars.sync();
    const file = join(own, 'instagram--main.txt');
    return { jars, file, text: async () => (existsSync(file) ? readFile(file, 'utf8') : '') };
  }
  async function renewedBy({ jars }: Awaited<ReturnType<typeof jarsOf>>, name: string) {
    const folder = join(dir, `job-${name}`);
    await mkdir(folder);
    const lease = await jars.lend('instagram', folder);
    if (!lease) throw new Error('no account');
    const before = await readFile(lease.path, 'utf8');
    await writeFile(lease.path, `${before}${cookie(name, 'fresh')}\n`);
    await jars.giveBack(lease, false);
  }

  it('given to one node serve all, and what each job learnt stays', async () => {
    const [one, two] = [await jarsOf(a), await jarsOf(b)];
    await one.jars.add(text(cookie('sessionid', 'secret')), 'main');
    await eventually(async () => (await two.text()).includes('secret'));
    await Promise.all([renewedBy(one, 'x'), renewedBy(two, 'y')]);
    const whole = (words: string) => words.includes('\tx\tfresh') && words.includes('\ty\tfresh');
    await eventually(async () => whole(await one.text()) && whole(await two.text()));
  });

  it('removed at one node are gone at all, also where a node was off at that time', async () => {
    const [one, two] = [await jarsOf(a), await jarsOf(b)];
    await one.jars.add(text(cookie('sessionid', 'secret')), 'main');
    await eventually(() => existsSync(two.file));
    // Only its files stand there while the other one removes the login.
    await b.cluster.close();
    expect(await one.jars.remove('instagram', 'main')).toBe(true);
    const again = await jarsOf(b);
    expect(existsSync(again.file)).toBe(false);
    expect(await again.jars.list()).toEqual([]);
  });

  it('that a site did not take on one node rest on all, until there are fresh ones', async () => {
    const [one, two] = [await jarsOf(a), await jarsOf(b)];
    const lent = async ({ jars }: typeof one) => {
      const folder = await mkdtemp(join(dir, 'job-'));
      return jars.lend('instagram', folder);
    };
    await one.jars.add(text(cookie('sessionid', 'secret')), 'main');
    await eventually(async () => (await two.text()).includes('secret'));
    const lease = await lent(two);
    if (!lease) throw new Error('no account');
    await two.jars.giveBack(lease, true);
    await eventually(async () => (await lent(one)) === undefined);
    // What another job learnt meanwhile does not end the rest, nor does a restart.
    await one.jars.sync();
    const again = await jarsOf(a);
    expect((await again.jars.list())[0]?.restingUntil).toBeGreaterThan(Date.now());
    await one.jars.add(text(cookie('sessionid', 'fresh')), 'main');
    await eventually(async () => (await lent(two)) !== undefined);
  });

  it('that a node brings along from before are given to the others', async () => {
    await mkdir(join(dir, 'a'));
    await writeFile(join(dir, 'a', 'instagram--main.txt'), text(cookie('sessionid', 'old')));
    await jarsOf(a);
    const two = await jarsOf(b);
    expect(await two.text()).toContain('old');
  });
});

it('all nodes together send what Telegram allows one bot, and progress leaves room on each', () => {
  for (const nodes of [1, 2, 3, 4, 7, 30]) {
    const share = shareOf(TELEGRAM_LIMITS, nodes);
    expect(share.perSecond * nodes).toBeLessThanOrEqual(30);
    expect(share.perSecond).toBeGreaterThan(share.keptFree.perSecond);
  }
});
