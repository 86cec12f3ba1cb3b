import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBreakers } from '../../../node/breakers/breakers.ts';
import { probeTurns } from '../../../node/breakers/probe-turns.ts';
import { announcedState } from '../../../node/cluster/announced-state.ts';
import { sharedBoards } from '../../../node/cluster/boards.ts';
import { everywhere } from '../../../node/cluster/everywhere.ts';
import { hearOthers } from '../../../node/cluster/hear-others.ts';
import { createStops } from '../../../node/cluster/remote-stop.ts';
import { reportingBoard } from '../../../node/cluster/reporting-board.ts';
import { loadSettings } from '../../../node/settings/settings.ts';
import { createBoard } from '../../../node/status/board.ts';
import type { StatusTransport } from '../../../node/status/transport.ts';
import { pgStateStore } from '../../../node/store/postgres/state.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { JobError } from '../../../shared/errors.ts';
import { eventually, quiet, startNode, type TestNode } from '../../support/cluster.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { migratedDatabase } from '../../support/shared-postgres.ts';
import { newJob, tempStore } from '../../support/store.ts';

let database: TestDatabase;
let a: TestNode;
let b: TestNode;
let temp: ReturnType<typeof tempStore>;

beforeAll(async () => {
  database = await migratedDatabase();
});
beforeEach(async () => {
  temp = tempStore();
  const { url } = database;
  [a, b] = await Promise.all([startNode(url, 'a'), startNode(url, 'b')]);
});
afterEach(async () => {
  await a.pool.query('TRUNCATE state');
  for (const node of [a, b]) {
    await node.cluster.close();
    await node.close();
  }
  temp.close();
});
afterAll(() => database?.drop());

const LIMITS = { user: 10, global: 25, size: 50, downloads: 8 };

/** The part of a node that remembers in memory what all nodes agree on. */
async function sharing({ db, cluster }: TestNode) {
  const state = announcedState(pgStateStore(db), cluster);
  const kick = vi.fn();
  const heard: string[] = [];
  const changed = vi.fn();
  const settings = await loadSettings({ state, defaults: LIMITS, onChange: changed });
  const breakers = createBreakers({
    ...{ state, log: quiet, wake: kick },
    turns: probeTurns({ cluster, wake: kick, log: quiet, unusedMs: 300 }),
    onHeard: ({ site, phase }) => heard.push(`${site} ${phase}`),
  });
  hearOthers({
    ...{ cluster, settings, breakers, log: quiet },
    runner: { kick },
    line: { moved: () => {} },
  });
  return { settings, breakers, kick, heard, changed };
}

describe('what an admin sets on one node', () => {
  it('holds on the others at once: maintenance, limits and channels', async () => {
    const [one, two] = [await sharing(a), await sharing(b)];
    await one.settings.setMaintenance(true);
    await one.settings.setLimit('user', 3);
    await one.settings.setChannels([{ name: '@news', title: 'News' }]);
    await eventually(() => two.settings.channels.length === 1);
    expect(two.settings).toMatchObject({ maintenance: true, limits: { ...LIMITS, user: 3 } });
    await two.settings.resetLimits();
    await eventually(() => one.settings.limits.user === 10);
    expect(one.settings.maintenance).toBe(true);
  });

  it('is not heard back as a change by the node that made it', async () => {
    const [one, two] = [await sharing(a), await sharing(b)];
    await one.settings.setMaintenance(true);
    await eventually(() => two.settings.maintenance);
    expect([one.changed.mock.calls.length, two.changed.mock.calls.length]).toEqual([1, 1]);
  });
});

describe('a breaker', () => {
  it('opens on all nodes with failures seen on several, and closes on all', async () => {
    const [one, two] = [await sharing(a), await sharing(b)];
    const fail = (breakers: typeof one.breakers, id: number) =>
      breakers.failed({ id, site: 'youtube' }, new JobError('rate_limited'));
    const failures = ({ breakers }: typeof one) => breakers.list()[0]?.recent.length ?? 0;
    for (let n = 1; n <= 8; n++) {
      fail(n % 2 ? one.breakers : two.breakers, n);
      if (n < 8) await eventually(() => failures(one) === n && failures(two) === n);
    }
    await eventually(() => one.breakers.pausedSites().includes('youtube'));
    expect(two.breakers.pausedSites()).toEqual(['youtube']);
    expect(one.heard).toEqual(['youtube open']);
    one.breakers.close('youtube');
    await eventually(() => two.breakers.pausedSites().length === 0);
    expect(two.heard).toEqual(['youtube closed']);
  });

  it('lets one node try a half-open site, and another when no job of it comes there', async () => {
    const [one, two] = [await sharing(a), await sharing(b)];
    const half = { phase: 'half_open', recent: [], openings: 1, probes: 0, why: 'blocked' };
    await pgStateStore(a.db).set('breakers', 'youtube', half, 1);
    await Promise.all([one.breakers.reload(), two.breakers.reload()]);
    const may = ({ breakers }: typeof one) => !breakers.pausedSites().includes('youtube');
    await eventually(() => may(one) || may(two));
    expect(may(one) && may(two)).toBe(false);
    const [first, second] = may(one) ? [one, two] : [two, one];
    // Nothing of the site comes along at the first: the other gets its turn.
    await eventually(() => may(second) && !may(first));
    second.breakers.started({ id: 1, site: 'youtube' });
    second.breakers.succeeded({ id: 1, site: 'youtube' });
    await eventually(() => may(first) && may(second));
  });
});

describe('a job that runs on another node', () => {
  const wish = async () => {
    const row = newJob();
    const [job] = await temp.store.jobs.add(row.updateId, [row]);
    return job as JobRow;
  };
  const stopping = ({ db, cluster }: TestNode, running: Map<number, JobRow>) => {
    const stopped: number[] = [];
    const runner = {
      running,
      stop(id: number) {
        if (!running.delete(id)) return false;
        stopped.push(id);
        return true;
      },
    };
    const parts = { cluster, state: pgStateStore(db), jobs: temp.store.jobs, runner };
    return { stopped, running, stops: createStops({ ...parts, log: quiet, now: () => 1000 }) };
  };
  const RULES = { bootId: 'x', now: 5000, leaseMs: 1000, perUser: 9, skipSites: [] };

  it('is stopped there, also when it was claimed a moment ago or the message was missed', async () => {
    const [one, two] = [stopping(a, new Map()), stopping(b, new Map())];
    const job = await wish();
    expect(await one.stops.stop(job.id)).toBe(false);
    const claimed = (await temp.store.jobs.claim(RULES)) as JobRow;
    expect(await one.stops.stop(job.id)).toBe(true);
    two.running.set(job.id, claimed);
    await eventually(() => two.stopped.length === 1);
    // The wish is gone with it: a later job is not stopped by it.
    await eventually(async () => (await a.pool.query('SELECT 1 FROM state')).rowCount === 0);
    expect(one.stopped).toEqual([]);
  });

  it('is stopped with all others of a chat the bot was removed from', async () => {
    const [one, two] = [stopping(a, new Map()), stopping(b, new Map())];
    const [mine, theirs] = [{ id: 1, chatId: -5 } as JobRow, { id: 2, chatId: -5 } as JobRow];
    one.running.set(1, mine);
    two.running.set(2, theirs).set(3, { id: 3, chatId: 6 } as JobRow);
    await one.stops.stopChat(-5);
    await eventually(() => two.stopped.length === 1);
    expect([one.stopped, two.stopped]).toEqual([[1], [2]]);
  });
});

describe('a status message', () => {
  const boardOf = ({ cluster }: TestNode, home: string) => {
    const said: string[] = [];
    const transport: StatusTransport = {
      forJob: (job) => ({
        send: async (text) => said.push(`send ${text}`),
        edit: async (id, text) => void said.push(`edit ${id} ${text}`),
        settle: async (id, text) => void said.push(`settle ${id} ${text}`),
        ask: async (id, text) => void said.push(`settle ${id} ${text}`),
        remove: async (id) => void said.push(`remove ${id} of ${job.id}`),
      }),
      say: async () => 0,
    };
    const plain = createBoard({
      ...{ transport, log: quiet, remember: async () => {}, expect: async () => {} },
      strayed: async () => true,
      near: async () => ({ known: new Set<number>(), ahead: 0 }),
      setTimer: (run) => {
        run();
        return { cancel: () => {} };
      },
    });
    const board = reportingBoard(plain, cluster);
    const homes = { of: async () => home, waiting: async () => new Set<number>() };
    const boards = sharedBoards({ cluster, board, store: temp.store, homes, log: quiet });
    return { board, boards, said };
  };
  const shownJob = async () => {
    const row = newJob({ statusMessageId: 70 });
    const [job] = await temp.store.jobs.add(row.updateId, [row]);
    return job as JobRow;
  };

  it('goes to the node that runs the job, and the one before writes to it no more', async () => {
    const [one, two] = [boardOf(a, 'a'), boardOf(b, 'a')];
    const job = await shownJob();
    one.board.open([job]);
    await two.boards.flying(job, true);
    await eventually(() => !one.board.has(job.updateId));
    one.board.show(job, () => 'late');
    two.board.show(job, () => 'running');
    await two.board.delivered(job);
    expect(one.said).toEqual([]);
    expect(two.said.at(-1)).toBe(`remove 70 of ${job.id}`);
  });

  it('of a batch counts the jobs that still ran where it was shown before', async () => {
    const [one, two] = [boardOf(a, 'a'), boardOf(b, 'a')];
    const first = newJob({ statusMessageId: 70 });
    const rows = [first, { ...first, item: 1, mediaKey: 'm', fileKey: 'm|auto' }];
    const [here, there] = await temp.store.jobs.add(first.updateId, rows);
    if (!here || !there) throw new Error('no jobs');
    one.board.open([here, there]);
    await two.boards.flying(there, true);
    await eventually(() => !one.board.has(here.updateId));
    await one.board.delivered(here);
    await eventually(() => two.said.some((words) => words.includes('1 of 2')));
    await two.board.delivered(there);
    expect(two.said.at(-1)).toMatch(/^remove 70 /);
    expect(one.said).toEqual([]);
  });

  it('of a waiting job that was cancelled elsewhere is settled by the node that shows it', async () => {
    const [one, two] = [boardOf(a, 'a'), boardOf(b, 'a')];
    const job = await shownJob();
    one.board.open([job]);
    await eventually(() => b.cluster.living().length === 2);
    await two.boards.cancelled(job);
    await eventually(() => one.said.length > 0);
    expect(one.said[0]).toMatch(/^settle 70 /);
    expect(two.said).toEqual([]);
  });

  it('of a waiting job whose node is gone is settled where the cancel came', async () => {
    const two = boardOf(b, 'gone');
    await two.boards.cancelled(await shownJob());
    expect(two.said[0]).toMatch(/^settle 70 /);
  });
});

it('counts the places and the running jobs of all nodes that take work', async () => {
  const busy = [{ site: 'x', startedAt: 5 }];
  b.cluster.describe(() => ({ places: 6, running: 1, busy, trouble: [] }));
  const all = everywhere(a.cluster, { places: () => 2, running: () => [] });
  await eventually(() => all.places() === 8);
  expect(all.running()).toEqual(busy);
  await a.cluster.setDraining('b', true);
  await eventually(() => all.places() === 2);
});
