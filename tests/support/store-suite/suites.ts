/** What the store promises, port by port. Users, chats and ids of each test are its own. */
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CachedDelivery } from '../../../node/store/files.ts';
import { PAUSED_UNTIL } from '../../../node/store/playlists.ts';
import { HOUR } from '../../../node/store/tallies.ts';
import { downloadRequest, newJob } from '../store.ts';
import type { Subject } from './subject.ts';

const DAY = 24 * HOUR;
/** Above every id SQLite's and PostgreSQL's four-byte integers could hold. */
const BIG = 7_000_000_000;

export function storeSuites(name: string, open: () => Promise<Subject>): void {
  describe(name, () => {
    let at: Subject;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at?.close());
    let serial = 0;
    const id = () => BIG + ++serial;

    describe('files', () => {
      const delivery = (title = 'a clip'): CachedDelivery => ({
        ...{ title, bytes: 5_000_000_000, why: 'best', video: true },
        files: [{ kind: 'video', fileId: 'BAAD', bytes: 5_000_000_000, fileName: 'a.mp4' }],
      });

      it('are found again as they were kept, replaced and dropped', async () => {
        const { files } = at.store;
        expect([await files.has('a|auto'), await files.find('a|auto', 1)]).toEqual([
          false,
          undefined,
        ]);
        await files.keep('a|auto', 'site.example', delivery(), 1000);
        expect(await files.find('a|auto', 2000)).toEqual(delivery());
        await files.keep('a|auto', 'site.example', delivery('another'), 3000);
        expect((await files.find('a|auto', 4000))?.title).toBe('another');
        await files.drop('a|auto');
        expect(await files.has('a|auto')).toBe(false);
      });

      it('stay as long as somebody uses them', async () => {
        await at.store.files.keep('used|auto', 'site.example', delivery(), 0);
        await at.store.files.keep('unused|auto', 'site.example', delivery(), 0);
        await at.store.files.find('used|auto', 80 * DAY);
        await at.upkeep.forgetOldRows('files', 91 * DAY);
        expect(await at.store.files.has('used|auto')).toBe(true);
        expect(await at.store.files.has('unused|auto')).toBe(false);
      });
    });

    describe('users and chats', () => {
      it('are made when first seen and follow what Telegram says now', async () => {
        const { users } = at.store;
        const user = id();
        const first = await users.seen({ id: user, name: 'Ada\u0000', username: 'ada' }, 1000);
        expect(first).toMatchObject({ id: user, createdAt: 1000, mode: 'send', captions: 1 });
        const then = await users.seen({ id: user }, 2000);
        expect(then).toMatchObject({ name: null, username: null, createdAt: 1000, seenAt: 2000 });
        await users.change(user, { mode: 'ask', maxHeight: 720, bannedAt: 5 });
        expect(await users.find(user)).toMatchObject({ mode: 'ask', maxHeight: 720, bannedAt: 5 });
        await users.forget(user);
        expect(await users.find(user)).toBeUndefined();
      });

      it('keep a chat and its own rules', async () => {
        const { users } = at.store;
        const chat = -id();
        await users.chat({ id: chat, type: 'group', title: 'We' }, 1000);
        await users.changeChat(chat, { quiet: 0, leftAt: 9 });
        const again = await users.chat({ id: chat, type: 'supergroup' }, 2000);
        expect(again).toMatchObject({ title: 'We', type: 'supergroup', quiet: 0, createdAt: 1000 });
        expect(await users.findChat(chat)).toEqual(again);
        expect(await users.findChat(-1)).toBeUndefined();
      });

      it('reach everyone once, but for those who blocked, are banned or are no persons', async () => {
        const { users } = at.store;
        const before = await users.counts(10_000);
        const [a, b, c, d] = [id(), id(), id(), id()];
        for (const user of [d, c, b, a, -a]) await users.seen({ id: user }, 20_000);
        await users.change(b, { blockedAt: 1 });
        await users.change(c, { bannedAt: 1 });
        expect((await users.reachable(a - 1, 1)).map((row) => row.id)).toEqual([a]);
        expect((await users.reachable(a, 10)).map((row) => row.id)).toEqual([d]);
        const after = await users.counts(10_000);
        expect(after).toEqual({
          all: before.all + 5,
          blocked: before.blocked + 1,
          banned: before.banned + 1,
          seen: before.seen + 5,
          fresh: before.fresh + 5,
        });
        expect(await users.countReachable()).toBe(after.all - after.blocked - after.banned - 1);
      });
    });

    it('state holds what its reader understands, by space and name', async () => {
      const { state } = at.store;
      await state.set('space', 'a', { n: 1 }, 1000);
      await state.set('space', 'b', 'not a figure', 2000);
      await state.set('other', 'a', { n: 3 }, 1000);
      const Figure = v.object({ n: v.number() });
      expect(await state.get('space', 'a', Figure)).toEqual({ n: 1 });
      expect(await state.get('space', 'b', Figure)).toBeUndefined();
      expect(await state.get('space', 'c', Figure)).toBeUndefined();
      expect(await state.all('space', Figure)).toEqual(new Map([['a', { n: 1 }]]));
      await state.set('space', 'a', { n: 2 }, 3000);
      expect(await state.forgetBefore('space', 3000)).toBe(1);
      expect(await state.get('space', 'a', Figure)).toEqual({ n: 2 });
      await state.remove('space', 'a');
      expect([...(await state.all('space', v.unknown()))]).toEqual([]);
      expect(await state.get('other', 'a', Figure)).toEqual({ n: 3 });
    });

    describe('playlists', () => {
      const list = (jobId: number, userId = jobId) => ({
        ...{ jobId, userId, chatId: userId, title: 'Songs', total: 900 },
        entries: [{ url: 'https://a.example/1', title: 'One' }, { url: 'https://a.example/2' }],
      });

      it('are asked about once more after they were looked up anew', async () => {
        const { playlists } = at.store;
        const job = id();
        await playlists.keep(list(job), 1000);
        await playlists.ask(job, 77);
        expect(await playlists.asked(job, job, 500)).toMatchObject({
          ...list(job),
          ...{ askedMessageId: 77, pickedUpdateId: null, createdAt: 1000 },
        });
        expect(await playlists.asked(job, job, 1000)).toBeUndefined();
        await playlists.ask(job, null);
        expect(await playlists.asked(job, job, 500)).toBeUndefined();
        await playlists.keep({ ...list(job), title: 'Songs again' }, 2000);
        expect(await playlists.find(job)).toMatchObject({ title: 'Songs again', createdAt: 2000 });
      });

      it('make one batch of two quick taps', async () => {
        const { playlists } = at.store;
        const job = id();
        await playlists.keep(list(job), 1000);
        const taps = await Promise.all([playlists.pick(job, 1), playlists.pick(job, 2)]);
        expect(taps.filter(Boolean)).toHaveLength(1);
        expect(await playlists.pick(job, taps[0] ? 1 : 2)).toBe(true);
      });

      it('hold what waits of a batch and let it go again', async () => {
        const updateId = id();
        const batch = [0, 1, 2].map((item) => newJob({ updateId, item, userId: updateId }));
        const rows = batch.map((row, i) => (i === 2 ? { ...row, state: 'running' as const } : row));
        await at.putJobs(rows);
        expect(await at.store.playlists.hold(updateId, true)).toBe(2);
        const held = (await at.jobs()).filter((row) => row.updateId === updateId);
        expect(held.map((row) => row.notBefore)).toEqual([PAUSED_UNTIL, PAUSED_UNTIL, 0]);
        expect(await at.store.playlists.hold(updateId, false)).toBe(2);
      });

      it('go with their owner or their time', async () => {
        const { playlists } = at.store;
        const [a, b, c] = [id(), id(), id()];
        await playlists.keep(list(a), 100);
        await playlists.keep(list(b), 100_000);
        await playlists.keep(list(c), 100_000);
        expect(await playlists.forgetUser(b)).toBe(1);
        expect(await playlists.forgetBefore(500)).toBeGreaterThanOrEqual(1);
        expect([await playlists.find(a), await playlists.find(b)]).toEqual([undefined, undefined]);
        expect(await playlists.find(c)).toBeDefined();
      });
    });

    describe('updates', () => {
      it('are accepted once, also by two at once', async () => {
        const { updates } = at.store;
        const request = downloadRequest(id());
        const both = await Promise.all([updates.accept(request), updates.accept(request)]);
        expect(both.sort()).toEqual(['new', 'seen']);
        expect(await updates.accept(request)).toBe('seen');
        expect(await updates.countPending()).toBe(1);
        await updates.settle(request.updateId, 'done');
        expect([await updates.accept(request), await updates.countPending()]).toEqual(['seen', 0]);
      });

      it('are given to the next start in their order, with the attempts they have seen', async () => {
        const { updates } = at.store;
        const [first, second, broken] = [id(), id(), id()];
        for (const updateId of [second, first, broken])
          await at.putUpdate({
            ...{ updateId, chatId: 1, state: 'pending', receivedAt: 1000, attempt: 0 },
            request: updateId === broken ? '{' : JSON.stringify(downloadRequest(updateId)),
          });
        await updates.attempt(first);
        await updates.attempt(first);
        const unread: number[] = [];
        const left = await updates.pending((updateId) => unread.push(updateId));
        expect(left).toEqual([
          { request: downloadRequest(first), attempt: 2 },
          { request: downloadRequest(second), attempt: 0 },
        ]);
        expect(unread).toEqual([broken]);
        for (const updateId of [first, second]) await updates.settle(updateId, 'failed');
        expect(await updates.countPending()).toBe(0);
      });
    });

    it('people are forgotten with their jobs and questions; a ban stays', async () => {
      const { people, users, state, updates } = at.store;
      const [plain, banned] = [id(), id()];
      for (const user of [plain, banned]) {
        await users.seen({ id: user, name: 'Ada' }, 1000);
        await users.change(user, { lang: 'fa' });
        await at.putJobs([newJob({ userId: user }), newJob({ userId: user })]);
        await state.set('question', String(user), 1, 1000);
      }
      await users.change(banned, { bannedAt: 5 });
      const said = downloadRequest(id(), { chat: { id: plain, type: 'private' } });
      await updates.accept(said);
      expect(await people.forget(plain)).toEqual({ jobs: 2, settings: true });
      expect(await people.forget(plain)).toEqual({ jobs: 0, settings: false });
      expect(await people.forget(banned)).toEqual({ jobs: 2, settings: true });
      expect(await users.find(plain)).toBeUndefined();
      expect(await users.find(banned)).toMatchObject({ name: null, lang: null, bannedAt: 5 });
      expect(await state.get('question', String(plain), v.number())).toBeUndefined();
      expect(await updates.accept(said)).toBe('seen');
      await updates.settle(said.updateId, 'done');
    });

    describe('figures', () => {
      it('add up by hour, site and outcome, with the times of what was fetched', async () => {
        const base = {
          site: 'figures.example',
          createdAt: 10 * HOUR,
          finishedAt: 10 * HOUR + 2000,
        };
        const rows = await at.putJobs([
          newJob({ ...base, userId: id(), state: 'done', bytes: 5_000_000_000 }),
          newJob({ ...base, userId: id(), state: 'done', bytes: 5_000_000_000 }),
          newJob({ ...base, userId: id(), state: 'done', fromCache: 1, bytes: 7 }),
          newJob({ ...base, userId: id(), state: 'failed', errorCode: 'not_found' }),
        ]);
        for (const row of rows) await at.tally(row);
        const counted = await at.store.tallies.since(10 * HOUR);
        const of = (outcome: string) => counted.find((one) => one.outcome === outcome);
        expect(of('done')).toMatchObject({ hour: 10, jobs: 2, bytes: 10_000_000_000, ms: 4000 });
        expect(of('cached')).toMatchObject({ jobs: 1, bytes: 7 });
        expect(of('not_found')).toMatchObject({ jobs: 1, bytes: 0 });
        const timings = await at.store.tallies.timings(10 * HOUR);
        expect(timings).toEqual([
          { hour: 10, site: 'figures.example', bucket: expect.any(Number), jobs: 2 },
        ]);
        expect(await at.store.tallies.since(11 * HOUR)).toEqual([]);
        await at.store.tallies.clear();
        expect(await at.store.tallies.since(0)).toEqual([]);
        expect(await at.store.tallies.timings(0)).toEqual([]);
      });

      it('tell how long jobs of a site take, and all sites where too few are known', async () => {
        const took = (site: string, ms: number) =>
          newJob({
            ...{ site, state: 'done' as const, userId: id() },
            ...{ createdAt: 0, startedAt: 10 ** 12, finishedAt: 10 ** 12 + ms },
          });
        await at.putJobs([
          ...[1000, 3000, 2000].map((ms) => took('quick.example', ms)),
          took('rare.example', 90_000),
          // The clock jumped by a day while these ran.
          ...[1, 2, 3, 4].map((n) => took('jumped.example', 86_400_000 + n)),
        ]);
        const typical = await at.store.waits.typical();
        expect(typical.of('quick.example')).toBe(2000);
        expect(typical.of('rare.example')).toBe(typical.of('never.example'));
        expect(typical.of('jumped.example')).toBe(typical.of('never.example'));
        expect(typical.of('never.example')).toBeLessThan(100_000);
      });
    });

    it('the last link of a site that was really fetched is known', async () => {
      const one = { site: 'worked.example', userId: id(), state: 'done' as const };
      await at.putJobs([
        newJob({ ...one, url: 'http://worked.example/old' }),
        newJob({ ...one, url: 'http://worked.example/new' }),
        newJob({ ...one, url: 'http://worked.example/cached', fromCache: 1 }),
        newJob({ ...one, url: 'http://worked.example/failed', state: 'failed' }),
      ]);
      expect(await at.store.delivered.lastOf('worked.example')).toBe('http://worked.example/new');
      expect(await at.store.delivered.lastOf('never.example')).toBeUndefined();
    });

    it('the audit is told newest first', async () => {
      const { audit } = at.store;
      await audit.add({ at: 1000, userId: BIG, action: 'ban', detail: { id: 5 } });
      await audit.add({ at: 2000, userId: BIG, action: 'unban', detail: 'five' });
      const [newest] = await audit.last(1);
      expect(newest).toMatchObject({ at: 2000, userId: BIG, action: 'unban', detail: '"five"' });
      expect((await audit.last(5)).map((row) => row.action)).toEqual(['unban', 'ban']);
    });

    describe('upkeep', () => {
      it('finds and removes what is past its time, and nothing that waits or runs', async () => {
        const now = 1000 * DAY;
        const user = id();
        const job = (change: object) =>
          newJob({ userId: user, createdAt: now - 60 * DAY, ...change });
        await at.putJobs([
          job({ state: 'done', finishedAt: now - 31 * DAY }),
          job({ state: 'done', finishedAt: now - 29 * DAY }),
          job({ state: 'asking' }),
          job({ state: 'queued' }),
          job({ state: 'running' }),
        ]);
        const pending = downloadRequest(id());
        await at.store.updates.accept(pending);
        const found = new Map((await at.upkeep.oldRows(now)).map((one) => [one.table, one.rows]));
        expect(found.get('questions')).toBe(1);
        for (const [table, rows] of found)
          expect(await at.upkeep.forgetOldRows(table, now), table).toBe(rows);
        expect((await at.upkeep.oldRows(now)).map(({ rows }) => rows)).toEqual(Array(8).fill(0));
        const left = (await at.jobs()).filter((row) => row.userId === user);
        expect(left.map((row) => row.state)).toEqual(['done', 'queued', 'running']);
        expect(await at.store.updates.countPending()).toBe(1);
      });

      it('names what runs and what ended lately, and says how the database is', async () => {
        const [running] = await at.putJobs([
          newJob({ userId: id(), state: 'sending', attempt: 2, bootId: 'b' }),
        ]);
        expect(await at.upkeep.held()).toContain(`${running?.id}-2`);
        const userId = id();
        const ended = { userId, state: 'failed' as const, errorCode: 'not_found', bytes: 5 };
        await at.putJobs([newJob({ ...ended, finishedAt: 5 * 10 ** 12 })]);
        expect(await at.upkeep.endedSince(5 * 10 ** 12)).toEqual([
          {
            ...ended,
            site: 'site.example',
            fromCache: 0,
            createdAt: 1000,
            finishedAt: 5 * 10 ** 12,
          },
        ]);
        expect(await at.upkeep.endedSince(5 * 10 ** 12 + 1)).toEqual([]);
        expect(await at.upkeep.quickCheck()).toBe('ok');
        await at.upkeep.checkpoint();
        expect(await at.upkeep.bytes()).toBeGreaterThan(10_000);
      });
    });
  });
}
