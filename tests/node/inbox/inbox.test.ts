import PQueue from 'p-queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInbox, type InboxParts } from '../../../node/inbox/inbox.ts';
import type { JobRequest } from '../../../shared/wire.ts';
import { downloadRequest, tempStore } from '../../support/store.ts';

const silent = { warn: () => {}, error: () => {} } as never;

describe('the inbox', () => {
  let temp: ReturnType<typeof tempStore>;
  beforeEach(() => {
    temp = tempStore();
  });
  afterEach(() => temp.close());

  const inboxWith = (change: Partial<InboxParts> = {}) =>
    createInbox({
      updates: temp.store.updates,
      light: new PQueue({ concurrency: 16 }),
      handle: async () => {},
      passing: () => false,
      giveUp: async () => {},
      log: silent,
      sleep: async () => {},
      ...change,
    });
  const inChat = (updateId: number, chat: number): JobRequest =>
    downloadRequest(updateId, { chat: { id: chat, type: 'private' } });

  it('handles the requests of one chat in order and those of others beside them', async () => {
    const handled: number[] = [];
    let free: () => void = () => {};
    const blocked = new Promise<void>((resolve) => {
      free = resolve;
    });
    const inbox = inboxWith({
      async handle({ updateId }) {
        if (updateId === 1) await blocked;
        handled.push(updateId);
        if (updateId === 12) free();
      },
    });
    for (const id of [1, 2, 3]) await inbox.take(inChat(id, 1));
    for (const id of [11, 12]) await inbox.take(inChat(id, 2));
    await inbox.close();
    expect(handled).toEqual([11, 12, 1, 2, 3]);
  });

  it('has the request on the disk when it says that it is taken', async () => {
    const inbox = inboxWith({ handle: () => new Promise(() => {}) });
    expect(await inbox.take(downloadRequest(5))).toEqual({ taken: 'new' });
    expect((await temp.store.updates.pending()).map(({ request }) => request.updateId)).toEqual([
      5,
    ]);
  });

  it('handles a request once, however often it comes, also after a restart', async () => {
    const handled: number[] = [];
    const parts = {
      handle: async ({ updateId }: JobRequest) => void handled.push(updateId),
    };
    const inbox = inboxWith(parts);
    await inbox.take(downloadRequest(5));
    expect(await inbox.take(downloadRequest(5))).toEqual({ taken: 'seen' });
    await inbox.close();
    expect(await inboxWith(parts).take(downloadRequest(5))).toEqual({ taken: 'seen' });
    expect(handled).toEqual([5]);
  });

  it('handles after a restart what an earlier process had only stored', async () => {
    for (const id of [1, 2]) await temp.store.updates.accept(inChat(id, 1));
    const handled: number[] = [];
    const inbox = inboxWith({
      handle: async ({ updateId }) => void handled.push(updateId),
    });
    expect(await inbox.resume()).toBe(2);
    await inbox.close();
    expect(handled).toEqual([1, 2]);
    expect(await temp.store.updates.pending()).toEqual([]);
  });

  it('gives up a request that three starts did not survive, and says so', async () => {
    await temp.store.updates.accept(downloadRequest(5));
    const given: number[] = [];
    const handled: number[] = [];
    for (let start = 1; start <= 4; start++) {
      // It hangs, as far as the database can tell it died.
      const inbox = inboxWith({
        handle: async ({ updateId }) => {
          handled.push(updateId);
          await new Promise(() => {});
        },
        giveUp: async ({ updateId }) => void given.push(updateId),
      });
      await inbox.resume();
      await new Promise((done) => setImmediate(done));
    }
    expect({ handled, given }).toEqual({ handled: [5, 5, 5], given: [5] });
    expect(await temp.store.updates.pending()).toEqual([]);
  });

  it('tries a passing failure again before the next request of that chat', async () => {
    const handled: string[] = [];
    let fails = 2;
    const inbox = inboxWith({
      passing: () => true,
      async handle({ updateId }) {
        handled.push(`${updateId}`);
        if (updateId === 1 && fails-- > 0) throw new Error('Telegram is out of reach');
      },
    });
    await inbox.take(inChat(1, 1));
    await inbox.take(inChat(2, 1));
    await expect.poll(() => handled).toEqual(['1', '1', '1', '2']);
    await inbox.close();
  });

  it('does not repeat a failure that stays, and says sorry once', async () => {
    const handled: number[] = [];
    const given: number[] = [];
    const inbox = inboxWith({
      async handle({ updateId }) {
        handled.push(updateId);
        throw new Error('a bug');
      },
      giveUp: async ({ updateId }) => void given.push(updateId),
    });
    await inbox.take(downloadRequest(5));
    await inbox.close();
    expect({ handled, given }).toEqual({ handled: [5], given: [5] });
  });

  it('leaves what waits for another try to the next start when the node goes down', async () => {
    const inbox = inboxWith({
      passing: () => true,
      handle: async () => {
        throw new Error('Telegram is out of reach');
      },
      sleep: (_ms, signal) =>
        new Promise((_, reject) => {
          if (signal.aborted) reject(signal.reason);
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    await inbox.take(downloadRequest(5));
    await inbox.close();
    expect(await temp.store.updates.pending()).toHaveLength(1);
  });

  it('refuses with a time to come back when it closes or is full', async () => {
    const updates = { ...temp.store.updates, accept: async () => 'new' as const };
    const inbox = inboxWith({ updates, handle: () => new Promise(() => {}) });
    for (let id = 1; id <= 2000; id++) await inbox.take(downloadRequest(id));
    const full = await inbox.take(downloadRequest(2001));
    expect(full).toEqual({ taken: 'no', reason: 'full', retryAfter: 10 });
    const closing = inboxWith();
    await closing.close();
    const refused = await closing.take(downloadRequest(3000));
    expect(refused).toEqual({ taken: 'no', reason: 'closing', retryAfter: 10 });
  });

  it('does not acknowledge what it could not store', async () => {
    const updates = {
      ...temp.store.updates,
      accept: async () => {
        throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
      },
    };
    const answer = await inboxWith({ updates }).take(downloadRequest(5));
    expect(answer).toMatchObject({ taken: 'no', reason: 'full' });
  });
});
