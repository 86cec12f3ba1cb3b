import PQueue from 'p-queue';
import { afterEach, expect, it } from 'vitest';
import { createInbox } from '../../../node/inbox/inbox.ts';
import { createLog } from '../../../node/log.ts';
import type { JobRequest } from '../../../shared/wire.ts';
import { downloadRequest, tempStore } from '../../support/store.ts';

const log = createLog({ level: 'silent', format: 'json' });
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function inboxOn(store: ReturnType<typeof tempStore>) {
  const handled: number[] = [];
  const inbox = createInbox({
    updates: store.store.updates,
    light: new PQueue({ concurrency: 4 }) as never,
    handle: async ({ updateId }: JobRequest) => void handled.push(updateId),
    passing: () => false,
    giveUp: async () => {},
    log,
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

it('starts although a stored update cannot be read any more, and handles the others', async () => {
  const store = tempStore();
  closers.push(store.close);
  for (const id of [1, 2, 3, 4]) await store.store.updates.accept(downloadRequest(id));
  const spoil = store.sqlite.prepare('UPDATE updates SET request = ? WHERE update_id = ?');
  spoil.run('{"v":99}', 2);
  spoil.run('{"v":1,', 3);
  const { inbox, handled } = inboxOn(store);
  expect(await inbox.resume()).toBe(2);
  await inbox.close();
  expect(handled).toEqual([1, 4]);
  expect(await store.store.updates.countPending()).toBe(0);
});
