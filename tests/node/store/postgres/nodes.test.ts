import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobs } from '../../../../node/store/postgres/schema.ts';
import { openPgWork } from '../../../../node/store/postgres/work.ts';
import type { JobRow, NewJob } from '../../../../node/store/schema.ts';
import { type PgNode, type PgNodes, pgNodes } from '../../../support/pg-nodes.ts';
import { seeded } from '../../../support/random.ts';
import { migratedDatabase } from '../../../support/shared-postgres.ts';
import { newJob } from '../../../support/store.ts';

let cluster: PgNodes;
let [a, b, c] = [] as unknown as [PgNode, PgNode, PgNode];
beforeAll(async () => {
  cluster = await pgNodes(await migratedDatabase());
  // All at once, as after an upgrade: each finds the engine's tables made, or makes them.
  const { node } = cluster;
  [a, b, c] = await Promise.all([node('a'), node('b'), node('c')]);
});
afterAll(() => cluster?.close());
beforeEach(async () => {
  await cluster.clear();
  for (const { id, ended } of [a, b, c]) {
    await cluster.seen(id);
    ended.splice(0);
  }
});

const NOW = 1_000_000;
/** `QUEUE_JOBS=500` for a longer look. */
const JOBS = Number(process.env.QUEUE_JOBS ?? 150);
const rules = (node: PgNode, change = {}) => ({
  ...{ bootId: node.bootId, now: NOW, leaseMs: 30_000, perUser: 4, skipSites: [] },
  ...change,
});
const claim = (node: PgNode, change = {}) => node.jobs.claim(rules(node, change));
const claimed = async (node: PgNode, change = {}) => (await claim(node, change)) as JobRow;
/** Its status message is known: any node may take it. */
const add = async (node: PgNode, change: Partial<NewJob> = {}) => {
  const row = newJob({ statusMessageId: 50, createdAt: NOW, ...change });
  return (await node.jobs.add(row.updateId, [row]))[0] as JobRow;
};
const find = async (id: number) => (await a.jobs.find(id)) as JobRow;
/** So much time has passed for the engine since it handed the jobs out. */
const pass = (seconds: number) =>
  cluster.sql(
    `UPDATE pgboss.job SET started_on = started_on - $1 * interval '1 s'
    WHERE state = 'active'`,
    [seconds],
  );
/** What a node does every few seconds, on whichever of them has its turn. */
async function look(node: PgNode) {
  await node.engine.look();
  return node.jobs.sweep(NOW);
}

describe('nodes that share a queue', () => {
  let afterLook: (() => Promise<void>) | undefined;
  it('never run a job twice at once, nor a person or a file too often, whatever they do', async () => {
    const random = seeded(7);
    const rows = Array.from({ length: JOBS }, (_, n) =>
      newJob({
        // One person has many more than the others: in the end all the work is theirs.
        userId: random.chance(0.4) ? 1 : 2 + random.below(12),
        mediaKey: `m${random.below(JOBS * 0.7)}`,
        ...{ updateId: 10_000 + n, statusMessageId: 1, createdAt: NOW },
      }),
    );
    await a.opened.db.insert(jobs).values(rows);
    const active = new Map<number, JobRow>();
    const done = new Set<number>();
    const wrong: string[] = [];
    const start = (job: JobRow) => {
      if (active.has(job.id) || done.has(job.id)) wrong.push(`job ${job.id} runs twice`);
      const others = [...active.values()];
      if (others.filter(({ userId }) => userId === job.userId).length >= 4)
        wrong.push(`person ${job.userId} has more than four`);
      if (others.some(({ fileKey }) => fileKey === job.fileKey)) wrong.push(`${job.fileKey} twice`);
      active.set(job.id, job);
    };
    const waiting: (() => void)[] = [];
    const somebodyEnds = () => new Promise<void>((wake) => waiting.push(wake));
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const asked = { claims: 0, idle: 0 };
    /** Stands still until so many others were answered, or all of them stand still. */
    const whileOthersClaim = async (n: number) => {
      const enough = asked.claims + n;
      asked.idle += 1;
      while (asked.claims < enough && asked.idle < 6) await turn();
      asked.idle -= 1;
    };
    const work = async (node: PgNode) => {
      for (;;) {
        const job = await claim(node);
        asked.claims += 1;
        if (!job) {
          asked.idle += 1;
          if (done.size === JOBS) return;
          await somebodyEnds();
          asked.idle -= 1;
          continue;
        }
        start(job);
        await whileOthersClaim(random.below(9));
        active.delete(job.id);
        if (random.chance(0.1)) await node.jobs.requeue(job, { notBefore: 0, burn: false });
        else {
          done.add(job.id);
          const ended = await node.jobs.end(job, { state: 'done', now: NOW });
          if (!ended) wrong.push(`job ${job.id} could not end`);
        }
        for (const wake of waiting.splice(0)) wake();
      }
    };
    await Promise.all([work(a), work(a), work(b), work(b), work(c), work(c)]);
    expect(wrong).toEqual([]);
    expect(await a.jobs.figures()).toEqual({ queued: 0, running: 0, sending: 0 });
    expect(
      await cluster.sql("SELECT sum(jobs)::int AS n FROM tallies WHERE outcome = 'done'"),
    ).toEqual([{ n: JOBS }]);
    expect(await cluster.sql('SELECT count(*)::int AS n FROM pgboss.job')).toEqual([{ n: 0 }]);
  }, 120_000);

  it('serve people in turn, however many nodes take their jobs', async () => {
    for (let n = 0; n < 6; n++) await add(a, { userId: 1 });
    await add(b, { userId: 2 });
    await add(c, { userId: 3 });
    const order = [];
    for (const node of [c, a, b, a, c]) order.push((await claimed(node)).userId);
    expect(order).toEqual([1, 2, 3, 1, 1]);
    expect((await claim(b))?.userId).toBe(1);
    expect(await claim(c)).toBeUndefined();
  });

  it('run the jobs of one that died as soon as its leases ended, and not before', async () => {
    const job = await add(a);
    await claim(a);
    await pass(29);
    expect(await look(b)).toMatchObject({ requeued: [] });
    await pass(2);
    expect((await look(b)).requeued.map(({ id }) => id)).toEqual([job.id]);
    expect(await claim(b)).toMatchObject({ id: job.id, attempt: 2, crashes: 1, home: 'b' });
    await pass(20);
    await b.jobs.beat(b.bootId, 0, [job.id]);
    await pass(20);
    expect(await look(c)).toMatchObject({ requeued: [] });
  });

  it('tell a paused one that its jobs are gone, and let it change nothing', async () => {
    const job = await add(a);
    const late = await claimed(a);
    await a.jobs.beginSending(late);
    await pass(31);
    await look(b);
    const next = await claimed(b);
    expect(next).toMatchObject({ id: job.id, attempt: 2, lastByteSent: 0 });
    const before = await find(job.id);
    const counted = { ...late, attempt: next.attempt };
    for (const claim of [late, counted]) {
      expect(await a.jobs.stage(claim, 'uploading', { title: 'late' })).toBe(false);
      expect(await a.jobs.beginSending(claim)).toBe(false);
      expect(await a.jobs.lastByteSent(claim)).toBe(false);
      await a.jobs.sent(claim, 3);
      await a.jobs.notSent(claim);
      expect(await a.jobs.requeue(claim, { notBefore: 0, burn: true })).toBe(false);
      expect(await a.jobs.abandon(claim, NOW)).toBeUndefined();
      expect(await a.menus.ask(claim)).toBe(false);
      expect(await a.jobs.end(claim, { state: 'done', now: NOW })).toBe(false);
    }
    expect(await find(job.id)).toEqual(before);
    expect(await a.jobs.beat(a.bootId, 0, [job.id])).toEqual([job.id]);
    expect(await b.jobs.beat(b.bootId, 0, [job.id])).toEqual([]);
    expect(await b.jobs.end(next, { state: 'done', now: NOW })).toBe(true);
  });

  it('give up a job that three of them died with, and owe its person the words', async () => {
    const job = await add(a);
    for (const node of [a, b]) {
      await claim(node);
      await pass(31);
      expect((await look(c)).requeued).toHaveLength(1);
    }
    await claim(c);
    await pass(31);
    await a.engine.look();
    const dead = await cluster.sql("SELECT data FROM pgboss.job WHERE name = 'jobs-dead'");
    expect(dead).toMatchObject([{ data: { job: job.id } }]);
    expect((await a.jobs.sweep(NOW)).dead.map(({ id }) => id)).toEqual([job.id]);
    expect(await find(job.id)).toMatchObject({ state: 'failed', errorCode: 'crashed', crashes: 3 });
    expect((await b.jobs.unsaid()).map(({ id }) => id)).toEqual([job.id]);
    expect(a.ended.map(({ id }) => id)).toEqual([job.id]);
    expect(await cluster.sql('SELECT * FROM pgboss.job')).toEqual([]);
  });

  it('ask about what had left completely when its node died', async () => {
    const job = await add(a);
    const row = await claimed(a);
    await a.jobs.beginSending(row);
    await a.jobs.lastByteSent(row);
    await pass(31);
    expect((await look(b)).uncertain.map(({ id }) => id)).toEqual([job.id]);
    expect((await b.jobs.unsaid()).map(({ id }) => id)).toEqual([job.id]);
  });

  it('leave the work of a living one alone when they start', async () => {
    const other = await add(a, { userId: 1 });
    const own = await add(b, { userId: 2 });
    expect((await claimed(a)).id).toBe(other.id);
    expect((await claimed(b)).id).toBe(own.id);
    const { requeued } = await b.jobs.recover('the next boot of b', NOW);
    expect(requeued.map(({ id }) => id)).toEqual([own.id]);
    expect(await cluster.sql('SELECT count(*)::int AS n FROM pgboss.job')).toEqual([{ n: 1 }]);
  });

  it('look for ended leases by themselves, one of them for all', async () => {
    const job = await add(a);
    await claim(a);
    await pass(31);
    const found = await new Promise((tell, fail) => {
      const log = { info: () => {}, warn: tell };
      openPgWork({
        opened: b.opened,
        nodeId: 'b',
        bootId: 'b1',
        log,
        lookEveryS: 1,
        now: () => NOW,
      })
        .then(async (work) => {
          afterLook = work.close;
        })
        .catch(fail);
    }).finally(() => afterLook?.());
    expect(found).toEqual({ requeued: 1, dead: 0, uncertain: 0 });
    expect((await claim(c))?.id).toBe(job.id);
  });

  it('find a job that runs without an entry in the engine', async () => {
    const job = await add(a);
    await claim(a);
    await cluster.sql('DELETE FROM pgboss.job');
    expect((await b.jobs.sweep(NOW)).requeued.map(({ id }) => id)).toEqual([job.id]);
  });

  it('forget the entry of a job whose row was removed', async () => {
    await add(a);
    await claim(a);
    await cluster.sql('DELETE FROM jobs');
    await pass(31);
    await look(b);
    expect(await cluster.sql('SELECT * FROM pgboss.job')).toEqual([]);
  });
});

describe('the home of a job', () => {
  it('is the only node that takes it until its status message is known', async () => {
    const job = await add(a, { statusMessageId: null });
    expect(await claim(b)).toBeUndefined();
    await a.jobs.setStatusMessage(job.id, 77);
    expect((await claim(b))?.id).toBe(job.id);
  });

  it('does not hold up a job without a message, nor one whose message does not come', async () => {
    const quiet = await add(a, { statusMessageId: null, quiet: 1, userId: 1 });
    const slow = await add(a, { statusMessageId: null, userId: 2 });
    expect((await claim(b))?.id).toBe(quiet.id);
    expect(await claim(b)).toBeUndefined();
    expect((await claim(b, { now: NOW + 3000 }))?.id).toBe(slow.id);
  });

  it('sends no first message any more once another node shows the job', async () => {
    const job = await add(a, { statusMessageId: null });
    expect(await a.jobs.expectStatusMessage(job.id, 70)).toBe(true);
    expect((await claim(b, { now: NOW + 3000 }))?.statusFloor).toBe(70);
    expect(await a.jobs.expectStatusMessage(job.id, 71)).toBe(false);
    expect(await b.jobs.expectStatusMessage(job.id, 72)).toBe(true);
  });

  const batch = (node: PgNode, updateId: number) =>
    node.jobs.add(
      updateId,
      [0, 1, 2].map((item) =>
        newJob({ updateId, item, mediaKey: `${updateId}.${item}`, statusMessageId: 9 }),
      ),
    );

  it('keeps jobs that share a status message together', async () => {
    const rows = await batch(a, 600);
    expect(await claim(b)).toBeUndefined();
    const taken = [];
    for (const _ of rows) taken.push((await claimed(a)).id);
    expect(taken).toEqual(rows.map(({ id }) => id));
  });

  it('passes to one node with all of them when it is gone', async () => {
    const rows = await batch(a, 601);
    await cluster.seen('a', 31_000);
    expect((await claim(b))?.id).toBe(rows[0]?.id);
    expect(await claim(c)).toBeUndefined();
    expect((await claim(b))?.id).toBe(rows[1]?.id);
  });

  it('passes at once when the node says that it goes', async () => {
    const rows = await batch(a, 602);
    await a.jobs.handOver();
    expect((await claim(b))?.id).toBe(rows[0]?.id);
    expect(await claim(c)).toBeUndefined();
  });

  it('passes to another with all of them while the node takes nothing new', async () => {
    const rows = await batch(a, 603);
    const unseen = await add(a, { userId: 2, statusMessageId: null });
    await cluster.sql("UPDATE nodes SET draining = 1 WHERE id = 'a'");
    for (const { id } of rows) expect((await claim(b))?.id).toBe(id);
    expect(await find(unseen.id)).toMatchObject({ state: 'queued', home: 'a' });
  });

  it('decides who serves those that waited for a file', async () => {
    const first = await add(a, { mediaKey: 'one' });
    await claim(a);
    const anywhere = await add(b, { mediaKey: 'one', userId: 2 });
    const bound = await add(b, { mediaKey: 'one', userId: 3, statusMessageId: null });
    const heard = await cluster.listen();
    const followers = await a.jobs.claimFollowers(first.fileKey, rules(a));
    expect(followers.map(({ id }) => id)).toEqual([anywhere.id]);
    // The node that shows that it waits hears of it in the same commit.
    const taken = { kind: 'taken', updateId: anywhere.updateId, jobId: anywhere.id };
    await vi.waitFor(() => expect(heard).toContainEqual({ ...taken, from: a.bootId }));
    expect(await find(bound.id)).toMatchObject({ state: 'queued', home: 'b' });
    await pass(31);
    await look(c);
    expect((await find(anywhere.id)).crashes).toBe(1);
  });

  it('opens its unseen menus again, and those of a node that is gone', async () => {
    for (const node of [a, b, c]) {
      const job = await add(node, { userId: 10 + node.id.charCodeAt(0) });
      const row = await claimed(node);
      expect(row.id).toBe(job.id);
      await node.menus.ask(row);
    }
    await cluster.seen('c', 31_000);
    expect(await a.menus.reopenUnseen()).toBe(2);
    expect(await b.menus.reopenUnseen()).toBe(1);
  });

  it('has its unseen menus opened by others when it never comes back', async () => {
    const job = await add(c);
    await c.menus.ask(await claimed(c));
    await a.jobs.sweep(NOW);
    expect(await claim(a)).toBeUndefined();
    await cluster.seen('c', 31_000);
    await a.jobs.sweep(NOW);
    expect((await claim(a))?.id).toBe(job.id);
  });
});
