import { afterEach, beforeEach, expect, it } from 'vitest';
import { unsynced } from '../../../node/store/unsynced.ts';
import { downloadRequest, newJob, tempStore } from '../../support/store.ts';

/** SQLite's numbers for the `synchronous` setting. */
const NORMAL = 1;
const FULL = 2;

let temp: ReturnType<typeof tempStore>;
beforeEach(() => {
  temp = tempStore();
});
afterEach(() => temp.close());

const setting = () => temp.sqlite.pragma('synchronous', { simple: true });

it('waits for the disk again after a write that need not', () => {
  expect(unsynced(temp.db, setting)).toBe(NORMAL);
  expect(setting()).toBe(FULL);
});

it('waits for the disk again after such a write failed', () => {
  const fail = () => {
    throw new Error('no such row');
  };
  expect(() => unsynced(temp.db, fail)).toThrow('no such row');
  expect(setting()).toBe(FULL);
});

it('makes a delivery wait for the disk three times: taken, last byte, done', async () => {
  const waited = await deliveryWrites();
  expect(waited).toEqual(['accept', 'lastByteSent', 'end']);
});

const rules = { bootId: 'b', now: 2000, leaseMs: 1000, perUser: 2, skipSites: [] };

async function deliveryWrites(): Promise<string[]> {
  const { store, sqlite } = temp;
  const waited: string[] = [];
  const pragma = sqlite.pragma.bind(sqlite);
  let relaxed = false;
  sqlite.pragma = (text: string, options?: never) => {
    relaxed ||= text === 'synchronous = NORMAL';
    return pragma(text, options);
  };
  async function write<T>(name: string, work: () => Promise<T>): Promise<T> {
    relaxed = false;
    const result = await work();
    if (!relaxed) waited.push(name);
    return result;
  }
  await write('accept', () => store.updates.accept(downloadRequest(1)));
  const [job] = await write('add', () => store.jobs.add(1, [newJob({ updateId: 1 })]));
  const claimed = await write('claim', () => store.jobs.claim(rules));
  const claim = claimed ?? { id: job?.id ?? 0, attempt: 0 };
  await write('stage', () => store.jobs.stage(claim, 'uploading'));
  await write('beginSending', () => store.jobs.beginSending(claim));
  await write('lastByteSent', () => store.jobs.lastByteSent(claim));
  await write('end', () => store.jobs.end(claim, { state: 'done', now: 2 }));
  const delivery = { title: 'T', files: [], bytes: 1, why: 'best' as const, video: true };
  await write('keep', () => store.files.keep('k', 's', delivery, 3));
  await write('settle', () => store.updates.settle(1, 'done'));
  expect(await store.jobs.find(claim.id)).toMatchObject({ state: 'done' });
  return waited;
}
