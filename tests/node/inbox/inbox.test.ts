import { DrizzleQueryError } from 'drizzle-orm';
import PQueue from 'p-queue';
import pg from 'pg';
import { afterEach, expect, it, vi } from 'vitest';
import { jobsRoute } from '../../../node/http/jobs-route.ts';
import { createInbox } from '../../../node/inbox/inbox.ts';
import { isPassing, isStoreAway } from '../../../node/inbox/trouble.ts';
import { createLog } from '../../../node/log.ts';
import { DatabaseAway } from '../../../node/store/postgres/unreachable.ts';
import { sign } from '../../../shared/sign.ts';
import type { JobRequest } from '../../../shared/wire.ts';
import { downloadRequest, tempStore } from '../../support/store.ts';

const log = createLog({ level: 'silent', format: 'json' });
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Changes = Partial<Parameters<typeof createInbox>[0]>;

function inboxOn(store: ReturnType<typeof tempStore>, changes: Changes = {}) {
  const handled: number[] = [];
  const inbox = createInbox({
    updates: store.store.updates,
    light: new PQueue({ concurrency: 4 }) as never,
    handle: async ({ updateId }: JobRequest) => void handled.push(updateId),
    passing: () => false,
    giveUp: async () => {},
    log,
    ...changes,
  });
  return { inbox, handled };
}

it('takes nothing before it has read what was left, so that nothing runs twice', async () => {
  const store = tempStore();
  closers.push(store.close);
  const { inbox, handled } = inboxOn(store);
  const request = downloadRequest(7);
  expect(await inbox.take(request)).toMatchObject({ taken: 'no' });
  await inbox.resume();
  expect(await inbox.take(request)).toEqual({ taken: 'new' });
  expect(await inbox.take(request)).toEqual({ taken: 'seen' });
  await inbox.close();
  expect(handled).toEqual([7]);
});

it('tells of what was left and of what comes in, once each', async () => {
  const store = tempStore();
  closers.push(store.close);
  await store.store.updates.accept(downloadRequest(1));
  const heard: number[] = [];
  const { inbox } = inboxOn(store, { heard: ({ updateId }) => void heard.push(updateId) });
  await inbox.resume();
  for (const id of [2, 2, 3]) await inbox.take(downloadRequest(id));
  await inbox.close();
  expect(heard).toEqual([1, 2, 3]);
});

it('starts although a stored update cannot be read any more, and handles the others', async () => {
  const store = tempStore();
  closers.push(store.close);
  for (const id of [1, 2, 3, 4]) await store.store.updates.accept(downloadRequest(id));
  const spoil = store.sqlite.prepare('UPDATE updates SET request = ? WHERE update_id = ?');
  spoil.run('{"v":99}', 2);
  spoil.run('{"v":1,', 3);
  const { inbox, handled } = inboxOn(store);
  expect(await inbox.resume()).toBe(2);
  await vi.waitUntil(() => handled.length === 2);
  await inbox.close();
  expect(handled).toEqual([1, 4]);
  expect(await store.store.updates.countPending()).toBe(0);
});

it('does not acknowledge what a full disk cannot store, and runs it when it comes again', async () => {
  const store = tempStore();
  closers.push(store.close);
  const { inbox, handled } = inboxOn(store);
  await inbox.resume();
  const secret = 'node-secret-of-the-tests-0123456789';
  const route = jobsRoute({ secrets: [secret], take: inbox.take, log });
  // SQLite's own limit: writes fail with SQLITE_FULL, as when the disk has no page left.
  const pages = store.sqlite.pragma('page_count', { simple: true });
  store.sqlite.pragma('synchronous = OFF');
  store.sqlite.pragma(`max_page_count = ${pages}`);
  const sent = new Map<number, Response>();
  for (let id = 1; ![...sent.values()].some(({ status }) => status === 503); id++) {
    sent.set(id, await postJob(route, secret, id));
  }
  const [last, refused] = [...sent].at(-1) ?? [];
  expect(refused?.headers.get('retry-after')).toBe('10');
  store.sqlite.pragma('max_page_count = 1000000');
  expect((await postJob(route, secret, last ?? 0)).status).toBe(202);
  expect((await postJob(route, secret, last ?? 0)).status).toBe(200);
  await inbox.close();
  expect(handled).toEqual([...sent.keys()]);
});

it('gives up what keeps killing the process, and not what waited behind it', async () => {
  const store = tempStore();
  closers.push(store.close);
  for (const id of [1, 2]) await store.store.updates.accept(downloadRequest(id));
  const givenUp: number[] = [];
  const giveUp = async ({ updateId }: JobRequest) => void givenUp.push(updateId);
  // A process that dies over the first of them leaves it begun for ever.
  const dies = () => new Promise<void>(() => {});
  for (const _ of [1, 2, 3]) await inboxOn(store, { handle: dies, giveUp }).inbox.resume();
  const { inbox, handled } = inboxOn(store, { giveUp });
  await inbox.resume();
  await inbox.close();
  await expect.poll(() => store.store.updates.countPending()).toBe(0);
  expect([givenUp, handled]).toEqual([[1], [2]]);
});

it('owes the word about a request that was given up until somebody hears it', async () => {
  const store = tempStore();
  closers.push(store.close);
  await store.store.updates.accept(downloadRequest(1));
  const heard: string[] = [];
  const handle = async () => Promise.reject(new Error('a bug'));
  const deaf = async () => Promise.reject(new Error('unreachable'));
  const passing = (error: unknown) => (error as Error).message === 'unreachable';
  const first = inboxOn(store, { handle, passing, giveUp: deaf });
  await first.inbox.resume();
  await first.inbox.close();
  expect(await store.store.updates.countPending()).toBe(1);
  const giveUp = async () => void heard.push('sorry');
  const second = inboxOn(store, { handle, passing, giveUp });
  await second.inbox.resume();
  await second.inbox.close();
  expect(heard).toEqual(['sorry']);
  expect(await store.store.updates.countPending()).toBe(0);
});

/** As the edge hands it over, with links that fill several pages. */
async function postJob(route: ReturnType<typeof jobsRoute>, secret: string, updateId: number) {
  const links = Array.from({ length: 10 }, (_, n) => ({
    url: `http://site.example/${n}/${'x'.repeat(1900)}`,
  }));
  const ask = { kind: 'download' as const, found: links.length, links };
  const body = JSON.stringify(downloadRequest(updateId, { ask }));
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    'webhook-id': String(updateId),
    'webhook-timestamp': String(timestamp),
    'webhook-signature': await sign({ id: String(updateId), timestamp, body, secret }),
  };
  return route.request('/jobs', { method: 'POST', headers, body });
}

it('ends without handling what still waits: four starts later it is handled all the same', async () => {
  const store = tempStore();
  closers.push(store.close);
  for (const id of [1, 2]) await store.store.updates.accept(downloadRequest(id));
  for (let start = 0; start < 4; start += 1) {
    let end = () => {};
    const handled: number[] = [];
    const inbox = createInbox({
      updates: store.store.updates,
      light: new PQueue({ concurrency: 1 }) as never,
      handle: ({ updateId }) => {
        handled.push(updateId);
        return new Promise((done) => {
          end = done;
        });
      },
      passing: () => false,
      giveUp: async () => {},
      log,
    });
    await inbox.resume();
    await inbox.take(downloadRequest(start + 10));
    const [closed] = [inbox.close()];
    await new Promise(setImmediate);
    end();
    await closed;
    // Whoever came first has been handled, the others wait for the next start.
    expect(handled).toEqual([[1], [2], [10], [11]][start]);
  }
  expect(await store.store.updates.countPending()).toBe(2);
});

it('gives nothing up while the database is away, however long, and handles it when it is back', async () => {
  const store = tempStore();
  closers.push(store.close);
  let away = 20;
  const pauses: number[] = [];
  const givenUp: number[] = [];
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const inbox = createInbox({
    updates: store.store.updates,
    light: new PQueue({ concurrency: 4 }) as never,
    handle: async () => {
      away -= 1;
      if (away > 0) throw new DatabaseAway('no connection to PostgreSQL', { cause });
    },
    passing: isPassing,
    storeAway: isStoreAway,
    giveUp: async ({ updateId }) => void givenUp.push(updateId),
    sleep: async (ms) => void pauses.push(ms),
    log,
  });
  await inbox.resume();
  await inbox.take(downloadRequest(1));
  await vi.waitUntil(async () => (await store.store.updates.countPending()) === 0);
  expect([away, givenUp, pauses.length, pauses.at(-1)]).toEqual([0, [], 19, 120_000]);
});

it('tells the database from Telegram and from anything else that cannot be reached', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const readOnly = Object.assign(new pg.DatabaseError('read-only', 1, 'error'), { code: '25006' });
  const wrapped = new DrizzleQueryError('select', [], readOnly);
  const unique = Object.assign(new pg.DatabaseError('twice', 1, 'error'), { code: '23505' });
  expect([refused, readOnly, wrapped, unique].map(isStoreAway)).toEqual([
    ...[false, true, true, false],
  ]);
});
