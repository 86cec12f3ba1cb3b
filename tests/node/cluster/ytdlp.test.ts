import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announcedState } from '../../../node/cluster/announced-state.ts';
import type { Cluster } from '../../../node/cluster/cluster.ts';
import type { ChosenEngine } from '../../../node/engine/create-engine.ts';
import { pgStateStore } from '../../../node/store/postgres/state.ts';
import type { EndedJob } from '../../../node/store/upkeep.ts';
import { type EnsureYtdlp, YtdlpMissing } from '../../../node/tools/ytdlp.ts';
import { type Place, SPACE, updateRecords, WANTED } from '../../../node/ytdlp-update/records.ts';
import { createUpdater } from '../../../node/ytdlp-update/updater.ts';
import { eventually, quiet, startNode, type TestNode } from '../../support/cluster.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { migratedDatabase } from '../../support/shared-postgres.ts';
import { versionOnly } from '../../support/ytdlp-release.ts';

const OLD = '2026.10.26';
const NEXT = '2099.01.01';
const PLACE: Place = { chatId: 900, messageId: 5, userId: 900, lang: 'en' };
const MIN = 60_000;

let database: TestDatabase;
let dir: string;
let now: number;
let ended: EndedJob[];
/** By node: the versions that can be fetched there. */
let offers: Record<string, string[]>;
let fetches: string[];
let canaries: string[];
let news: string[];
let open: TestNode[];

beforeAll(async () => {
  database = await migratedDatabase();
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'postchi-rollout-'));
  now = Date.UTC(2026, 10, 23, 12);
  ended = [];
  offers = { a: [NEXT], b: [NEXT] };
  [fetches, canaries, news, open] = [[], [], [], []];
});
afterEach(async () => {
  await open[0]?.pool.query('TRUNCATE state');
  for (const node of open) {
    await node.cluster.close();
    await node.close();
  }
  rmSync(dir, { recursive: true, force: true });
});
afterAll(() => database?.drop());

interface Started {
  updater: ReturnType<typeof createUpdater>;
  cluster: Cluster;
  /** By which versions its new runs were answered, the last one last. */
  ran: string[];
  leave(): Promise<void>;
}

async function start(id: string, change: { path?: string; using?: string } = {}): Promise<Started> {
  const node = await startNode(database.url, id);
  open.push(node);
  const { cluster } = node;
  const ran: string[] = [];
  const records = updateRecords(announcedState(pgStateStore(node.db), cluster), () => now, id);
  const versions = new WeakMap<object, string>();
  const updater = createUpdater({
    ...{ records, cluster, log: quiet, now: () => now, path: change.path },
    using: versionOnly(join(dir, id, 'first'), change.using ?? OLD),
    dir: join(dir, id, 'yt-dlp'),
    news: {
      offered: async () => void news.push(`${id} offered`),
      wentBack: async ({ to }) => void news.push(`${id} went back to ${to}`),
      proved: async ({ version }) => void news.push(`${id} proved ${version}`),
    },
    async openEngine({ version }) {
      const engine = { engine: { close: async () => {} } } as unknown as ChosenEngine;
      versions.set(engine, version);
      return engine;
    },
    switchTo: (engine) => void ran.push(versions.get(engine) ?? '?'),
    extract: () => async () => void canaries.push(id),
    links: async () => ['http://a.example/'],
    endedSince: async (time) => ended.filter(({ finishedAt }) => (finishedAt ?? 0) >= time),
    audit: async () => {},
    async ensure({ dir: to, version, minVersion = '' }: EnsureYtdlp) {
      fetches.push(`${id} ${version ?? 'newest'}`);
      const found = offers[id]?.find((one) => (version ? one === version : one >= minVersion));
      if (!found) throw new YtdlpMissing('none');
      return versionOnly(to, found);
    },
  });
  cluster.on('state', ({ space, name }) => {
    if (space === SPACE && name === WANTED) void updater.follow();
  });
  return {
    ...{ updater, cluster, ran },
    async leave() {
      open.splice(open.indexOf(node), 1);
      await updater.close();
      await cluster.close();
      await node.close();
    },
  };
}

const press = ({ updater }: Started) => updater.update(PLACE, async () => {});
const uses = ({ updater }: Started, version: string) =>
  eventually(() => updater.using.version === version);
const jobs = (of: number, failed: number): EndedJob[] =>
  Array.from(
    { length: of },
    (_, n) =>
      ({
        ...{ createdAt: now, finishedAt: now + 1, fromCache: 0 },
        ...{ state: n < failed ? 'failed' : 'done' },
        errorCode: n < failed ? 'extractor_broken' : null,
      }) as EndedJob,
  );

describe('an update of yt-dlp with several nodes', () => {
  it('is tried on one node, taken by all, and given back by all at a press on another', async () => {
    const [a, b] = [await start('a'), await start('b')];
    expect(await press(a)).toMatchObject({ kind: 'switched', to: NEXT });
    await uses(b, NEXT);
    expect(b.ran).toEqual([NEXT]);
    // Once with the old, once with the new one, at the node of the press.
    expect(canaries).toEqual(['a', 'a']);
    expect(await b.updater.goBack(900)).toEqual({ from: NEXT, to: OLD });
    await uses(a, OLD);
    expect([a.ran, b.ran]).toEqual([
      [NEXT, OLD],
      [NEXT, OLD],
    ]);
    // The way back needs no download.
    expect(fetches).toEqual(['a newest', `b ${NEXT}`]);
  });

  it('is judged by the jobs of all nodes, once, and taken back on all', async () => {
    const [a, b] = [await start('a'), await start('b')];
    await press(a);
    await uses(b, NEXT);
    now += MIN;
    ended = jobs(20, 20);
    await Promise.all([b.updater.judge(), a.updater.judge()]);
    await uses(a, OLD);
    await uses(b, OLD);
    expect(news).toHaveLength(1);
    expect(news[0]).toContain(`went back to ${OLD}`);
    expect(await a.updater.view()).toMatchObject({ using: { version: OLD }, behind: undefined });
  });

  it('reaches a node that was away when it starts, also the way back', async () => {
    const a = await start('a');
    await press(a);
    const b = await start('b');
    await b.updater.follow();
    expect(b.updater.using.version).toBe(NEXT);
    await b.leave();
    await a.updater.goBack(900);
    const again = await start('b', { using: NEXT });
    offers.b = [OLD, NEXT];
    await again.updater.follow();
    expect(again.updater.using.version).toBe(OLD);
  });

  it('is missed by a node that cannot get it, which says so and tries again later', async () => {
    const [a, b] = [await start('a'), await start('b')];
    offers.b = ['2099.02.02'];
    await press(a);
    await eventually(() => b.updater.behind === NEXT && fetches.includes(`b ${NEXT}`));
    await b.updater.judge();
    expect(b.updater.using.version).toBe(OLD);
    expect(fetches.filter((one) => one.startsWith('b'))).toHaveLength(1);
    now += 31 * MIN;
    offers.b = [NEXT];
    // Its first try may still be at its end.
    await eventually(async () => {
      await b.updater.judge();
      return b.updater.using.version === NEXT;
    });
    await eventually(() => b.updater.behind === undefined);
  });

  it('leaves a node with YTDLP_PATH alone, and one on which something newer was put by hand', async () => {
    const a = await start('a');
    const [fixed, newer] = [
      await start('b', { path: '/opt/yt-dlp' }),
      await start('c', { using: '2099.03.03' }),
    ];
    await press(a);
    await eventually(() => fixed.updater.behind === NEXT);
    await newer.updater.follow();
    expect([fixed.ran, newer.ran, newer.updater.behind]).toEqual([[], [], undefined]);
  });

  it('runs on one node at a time', async () => {
    const [a, b] = [await start('a'), await start('b')];
    let second: unknown;
    await a.updater.update(PLACE, async ({ step }) => {
      if (step === 'trying') second ??= await press(b);
    });
    expect(second).toEqual({ kind: 'busy' });
  });
});
