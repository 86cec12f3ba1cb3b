/** What every store of jobs has to do, on SQLite and on PostgreSQL: one suite for both. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobRow } from '../../../node/store/schema.ts';
import type { Store } from '../../../node/store/store.ts';
import type { Tally } from '../../../node/store/tallies.ts';
import { JobError } from '../../../shared/errors.ts';
import { newJob } from '../store.ts';

export interface JobSubject {
  store: Pick<Store, 'jobs' | 'menus'>;
  /** Writes down that so many attempts of a job ended with their process. */
  crashes(id: number, n: number): Promise<void>;
  tallies(): Promise<Tally[]>;
  close(): Promise<void>;
}

const rules = { bootId: 'boot-1', now: 5000, leaseMs: 30_000, perUser: 4, skipSites: [] };

export function jobSuite(name: string, open: () => Promise<JobSubject>): void {
  describe(name, () => {
    let temp: JobSubject;
    beforeEach(async () => {
      temp = await open();
    });
    afterEach(() => temp.close());

    const add = async (change = {}) => {
      const row = newJob(change);
      return (await temp.store.jobs.add(row.updateId, [row]))[0] as JobRow;
    };
    const claim = (change = {}) => temp.store.jobs.claim({ ...rules, ...change });

    it('makes the jobs of an update once, however often it comes', async () => {
      const rows = [newJob({ updateId: 500, item: 0 }), newJob({ updateId: 500, item: 1 })];
      const first = await temp.store.jobs.add(500, rows);
      const second = await temp.store.jobs.add(500, rows);
      expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
      expect(first).toHaveLength(2);
    });

    it('claims the person with the fewest running jobs first, then the oldest job', async () => {
      for (let i = 0; i < 3; i++) await add({ userId: 1 });
      await add({ userId: 2 });
      const order = [];
      for (let job = await claim(); job; job = await claim()) order.push(job.userId);
      expect(order).toEqual([1, 2, 1, 1]);
    });

    it('leaves a person at the limit waiting, and a paused site, and a job not yet due', async () => {
      await add({ userId: 1 });
      await add({ userId: 1 });
      await add({ userId: 2, site: 'paused.example' });
      await add({ userId: 3, notBefore: 6000 });
      expect((await claim({ perUser: 1 }))?.userId).toBe(1);
      expect(await claim({ perUser: 1, skipSites: ['paused.example'] })).toBeUndefined();
      expect((await claim({ perUser: 1, skipSites: ['paused.example'], now: 6000 }))?.userId).toBe(
        3,
      );
      expect(await temp.store.jobs.nextDue(5000)).toBeUndefined();
    });

    it('never runs two jobs for the same file; the second is served when the first is done', async () => {
      const first = await add({ mediaKey: 'site:1' });
      const second = await add({ mediaKey: 'site:1', userId: 2 });
      const other = await add({ mediaKey: 'site:1', userId: 2, choice: 'm4a' });
      expect((await claim())?.id).toBe(first.id);
      expect((await claim())?.id).toBe(other.id);
      expect(await claim()).toBeUndefined();
      const followers = await temp.store.jobs.claimFollowers(first.fileKey, rules);
      expect(followers.map(({ id }) => id)).toEqual([second.id]);
    });

    it('takes no writes from an attempt that lost its claim', async () => {
      await add();
      const lost = (await claim()) as JobRow;
      await temp.store.jobs.requeue(lost, { notBefore: 0, burn: true });
      const again = (await claim()) as JobRow;
      expect(again.attempt).toBe(lost.attempt + 1);
      expect(await temp.store.jobs.beginSending(lost)).toBe(false);
      expect(await temp.store.jobs.end(lost, { state: 'done', now: 6000 })).toBe(false);
      expect(await temp.store.jobs.end(again, { state: 'done', now: 6000 })).toBe(true);
    });

    it('gives the attempt back when the node goes down, and burns it when the site failed', async () => {
      const job = await add();
      const first = (await claim()) as JobRow;
      await temp.store.jobs.requeue(first, { notBefore: 0, burn: false });
      expect((await temp.store.jobs.find(job.id))?.attempt).toBe(0);
      const second = (await claim()) as JobRow;
      const error = new JobError('site_error', 'HTTP 502');
      await temp.store.jobs.requeue(second, { notBefore: 9000, burn: true, error });
      expect(await temp.store.jobs.find(job.id)).toMatchObject({
        attempt: 1,
        errorCode: 'site_error',
      });
      expect(await temp.store.jobs.nextDue(6000)).toBe(9000);
    });

    it('requeues what a crash interrupted, asks about what had left, gives up after three', async () => {
      const running = await add();
      const sent = await add();
      const cursed = await add();
      for (const _ of [1, 2, 3]) await claim();
      const claimOf = async (id: number) => (await temp.store.jobs.find(id)) as JobRow;
      await temp.store.jobs.beginSending(await claimOf(sent.id));
      await temp.store.jobs.lastByteSent(await claimOf(sent.id));
      await temp.crashes(cursed.id, 2);

      const { requeued, uncertain, dead } = await temp.store.jobs.recover('boot-2', 7000);
      expect(requeued.map(({ id }) => id)).toEqual([running.id]);
      expect(uncertain.map(({ id }) => id)).toEqual([sent.id]);
      expect(dead.map(({ id }) => id)).toEqual([cursed.id]);
      expect(await claimOf(running.id)).toMatchObject({
        state: 'queued',
        crashes: 1,
        bootId: null,
      });
      expect(await claimOf(cursed.id)).toMatchObject({ state: 'failed', errorCode: 'crashed' });
    });

    it('requeues an upload of which not every byte had left', async () => {
      const job = await add();
      await temp.store.jobs.beginSending((await claim()) as JobRow);
      const { requeued } = await temp.store.jobs.recover('boot-2', 7000);
      expect(requeued.map(({ id }) => id)).toEqual([job.id]);
    });

    it('leaves the jobs of its own boot alone', async () => {
      await add();
      await claim();
      expect(await temp.store.jobs.recover('boot-1', 7000)).toEqual({
        requeued: [],
        dead: [],
        uncertain: [],
      });
    });

    it('orders the queue as it would start: round by round over the people', async () => {
      const ids = [];
      for (let i = 0; i < 3; i++) ids.push((await add({ userId: 1 })).id);
      const late = await add({ userId: 2 });
      const order = await temp.store.jobs.order();
      expect(order.map(({ id }) => id)).toEqual([ids[0], late.id, ids[1], ids[2]]);
      const { id, updateId, userId, site, notBefore } = late;
      expect(order[1]).toEqual({ id, updateId, userId, site, notBefore });
    });

    it('counts an ended job once, by hour, site and outcome', async () => {
      await add({ site: 'a.example', createdAt: 4000 });
      const job = (await claim()) as JobRow;
      await temp.store.jobs.stage(job, 'uploading', { bytes: 70 });
      await temp.store.jobs.end(job, { state: 'done', now: 6000 });
      await temp.store.jobs.end(job, { state: 'done', now: 6000 });
      expect(await temp.tallies()).toEqual([
        { hour: 0, site: 'a.example', outcome: 'done', jobs: 1, bytes: 70, ms: 2000 },
      ]);
    });

    it('cancels a waiting job, not a running one', async () => {
      const job = await add();
      await claim();
      expect(await temp.store.jobs.cancelWaiting(job.id, 6000)).toBe(false);
      const waiting = await add();
      expect(await temp.store.jobs.cancelWaiting(waiting.id, 6000)).toBe(true);
      expect(await temp.store.jobs.find(waiting.id)).toMatchObject({ state: 'cancelled' });
    });

    it('runs those that saw two crashes one at a time, beside the others', async () => {
      const suspects = [await add({ userId: 1 }), await add({ userId: 2 })];
      const sound = await add({ userId: 3 });
      for (const { id } of suspects) await temp.crashes(id, 2);
      const first = (await claim()) as JobRow;
      expect([first.id, (await claim())?.id]).toEqual([suspects[0]?.id, sound.id]);
      expect(await claim()).toBeUndefined();
      await temp.store.jobs.end(first, { state: 'done', now: 6000 });
      expect((await claim())?.id).toBe(suspects[1]?.id);
    });

    it('does not wait for a time that another clock named', async () => {
      const job = await add({ notBefore: 10 ** 13 });
      await temp.store.jobs.recover('boot-2', 5000);
      expect((await temp.store.jobs.find(job.id))?.notBefore).toBe(5000 + 30_000);
    });

    it('answers an uncertain delivery once: a second tap, or the same one again, makes no job', async () => {
      const job = await add();
      const row = (await claim()) as JobRow;
      await temp.store.jobs.beginSending(row);
      await temp.store.jobs.lastByteSent(row);
      await temp.store.jobs.recover('boot-2', 6000);
      const again = newJob({ updateId: 900, mediaKey: 'same' });
      const first = await temp.store.jobs.answered(job.id, 7000, again);
      expect(first).toMatchObject({ was: true, jobs: [{ updateId: 900 }] });
      const replayed = await temp.store.jobs.answered(job.id, 7000, again);
      expect(replayed.jobs.map(({ id }) => id)).toEqual(first.jobs.map(({ id }) => id));
      const tapped = newJob({ updateId: 901, mediaKey: 'same' });
      expect(await temp.store.jobs.answered(job.id, 7000, tapped)).toEqual({
        was: false,
        jobs: [],
      });
    });

    it('names the status messages that outlived their delivered jobs', async () => {
      const job = await add();
      await temp.store.jobs.setStatusMessage(job.id, 77);
      const other = await add();
      await temp.store.jobs.setStatusMessage(other.id, 78);
      await temp.store.jobs.end((await claim()) as JobRow, { state: 'done', now: 6000 });
      const left = await temp.store.jobs.leftMessages();
      expect(left.map(({ statusMessageId }) => statusMessageId)).toEqual([77]);
    });

    it('keeps a message that was heard of late for an open job that shows no other', async () => {
      const [bare, shown, over] = [await add(), await add(), await add()];
      await temp.store.jobs.setStatusMessage(shown.id, 80);
      for (const _ of [bare, shown]) await claim();
      await temp.store.jobs.end((await claim()) as JobRow, { state: 'done', now: 6000 });
      const stray = (job: JobRow, messageId: number) =>
        temp.store.jobs.strayMessage([job.id], messageId);
      expect(await stray(bare, 79)).toBe(true);
      expect((await temp.store.jobs.find(bare.id))?.statusMessageId).toBe(79);
      expect([await stray(shown, 80), await stray(shown, 81)]).toEqual([true, false]);
      expect((await temp.store.jobs.find(shown.id))?.statusMessageId).toBe(80);
      expect(await stray(over, 82)).toBe(false);
      expect(await temp.store.jobs.messagesAbove(bare, 70)).toMatchObject({ own: 79 });
    });

    it('follows a group to its new id', async () => {
      const job = await add({ chatId: -5, chatType: 'group' });
      await temp.store.jobs.moveChat(-5, -100_500);
      expect(await temp.store.jobs.find(job.id)).toMatchObject({
        ...{ chatId: -100_500, chatType: 'supergroup' },
      });
    });

    describe('menus', () => {
      const picked = { item: 0, choice: 'v720', fileKey: 'k|v720', now: 9000 };
      const asking = async () => {
        const job = await add({ choice: 'ask' });
        const row = (await claim()) as JobRow;
        expect(await temp.store.menus.ask(row)).toBe(true);
        return job;
      };

      it('wait for a person, and what was picked runs as a job of that tap', async () => {
        const job = await asking();
        await temp.store.menus.asked(job.id);
        expect(await claim()).toBeUndefined();
        const chosen = await temp.store.menus.choose(job.id, { ...picked, updateId: 7000 });
        expect(chosen).toMatchObject({ id: job.id, updateId: 7000, state: 'queued', attempt: 1 });
        expect(
          await temp.store.menus.choose(job.id, { ...picked, updateId: 7001 }),
        ).toBeUndefined();
        expect(await claim()).toMatchObject({ id: job.id, attempt: 2, choice: 'v720' });
      });

      it('that nobody can have seen are opened again, the others are not', async () => {
        const unseen = await asking();
        const seen = await asking();
        await temp.store.menus.asked(seen.id);
        expect(await temp.store.menus.reopenUnseen()).toBe(1);
        expect((await claim())?.id).toBe(unseen.id);
      });

      it('add the same wish of a person once, whoever of two taps comes first', async () => {
        const one = newJob({ mediaKey: 'm', userId: 5 });
        const same = newJob({ mediaKey: 'm', userId: 5 });
        const both = await Promise.all([
          temp.store.menus.addOnce(one),
          temp.store.menus.addOnce(same),
        ]);
        expect(both.filter(Boolean)).toHaveLength(1);
        expect(await temp.store.jobs.countOfUser(5)).toBe(1);
      });

      it('that nobody answered for long are closed', async () => {
        const job = await asking();
        expect(await temp.store.menus.closeOld(1000, 9000)).toBe(0);
        expect(await temp.store.menus.closeOld(1001, 9000)).toBe(1);
        expect(await temp.store.jobs.find(job.id)).toMatchObject({ state: 'cancelled' });
      });
    });

    it('goes on behind what arrived, and tells an attempt that lost the job before its last byte', async () => {
      const job = await add();
      const row = (await claim()) as JobRow;
      await temp.store.jobs.beginSending(row);
      expect(await temp.store.jobs.lastByteSent(row)).toBe(true);
      await temp.store.jobs.sent(row, 1);
      await temp.store.jobs.requeue(row, { notBefore: 0, burn: false });
      expect(await temp.store.jobs.lastByteSent(row)).toBe(false);
      const next = (await claim()) as JobRow;
      expect(next).toMatchObject({ id: job.id, sentCount: 1, lastByteSent: 0 });
    });

    it('keeps owed words until they were said', async () => {
      const job = await add();
      const error = new JobError('site_error');
      const ending = { state: 'failed' as const, now: 6000, error, errorId: 'e1', unsaid: true };
      await temp.store.jobs.end((await claim()) as JobRow, ending);
      expect(await temp.store.jobs.unsaid()).toMatchObject([{ id: job.id, inMouthUntil: 66_000 }]);
      await temp.store.jobs.unspoken(job.id);
      expect(await temp.store.jobs.unsaid()).toMatchObject([{ id: job.id, inMouthUntil: 0 }]);
      await temp.store.jobs.said(job.id, 'e2');
      expect(await temp.store.jobs.unsaid()).toEqual([]);
      expect((await temp.store.jobs.findByError('e2'))?.id).toBe(job.id);
    });

    it('keeps the distance of what waits when the clock jumps', async () => {
      const job = await add({ notBefore: 9000 });
      await temp.store.jobs.shiftDue(-5000.4);
      expect((await temp.store.jobs.find(job.id))?.notBefore).toBe(4000);
      await temp.store.jobs.shiftDue(5000, 4000);
      expect((await temp.store.jobs.find(job.id))?.notBefore).toBe(4000);
      await temp.store.jobs.shiftDue(5000, 4001);
      expect((await temp.store.jobs.find(job.id))?.notBefore).toBe(9000);
    });

    it('settles a run that could not be written down without counting a crash', async () => {
      await add();
      const row = (await claim()) as JobRow;
      expect(await temp.store.jobs.abandon(row, 6000)).toMatchObject({ kind: 'requeued' });
      expect(await claim()).toMatchObject({ attempt: 1, crashes: 0 });
      expect(await temp.store.jobs.abandon({ id: row.id, attempt: 9 }, 6000)).toBeUndefined();
    });

    it('counts what waits, runs and is sent', async () => {
      for (const userId of [1, 2, 3]) await add({ userId });
      await claim();
      await temp.store.jobs.beginSending((await claim()) as JobRow);
      expect(await temp.store.jobs.figures()).toEqual({ queued: 1, running: 1, sending: 1 });
      expect((await temp.store.jobs.ofUser(2, ['sending'], 5)).map(({ userId }) => userId)).toEqual(
        [2],
      );
      expect((await temp.store.jobs.waiting()).map(({ userId }) => userId)).toEqual([3]);
      const live = await temp.store.jobs.live(5);
      expect(live.map(({ state }) => state).sort()).toEqual(['running', 'sending']);
      expect(await temp.store.jobs.live(1)).toHaveLength(1);
    });
  });
}
