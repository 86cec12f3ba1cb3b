/** Writes that share a commit. */
import { expect, it } from 'vitest';
import { together } from '../../../../node/store/postgres/together.ts';

/** A disk whose writes end when they are told to. */
function slowDisk(refuses: (items: readonly number[]) => Error | undefined = () => undefined) {
  const commits: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const write = async (items: readonly number[]) => {
    commits.push(items);
    await new Promise<void>((end) => ends.push(end));
    const error = refuses(items);
    if (error) throw error;
    return items.map((item) => `${item} is there`);
  };
  /** Lets writes end one after the other until none is left. */
  const go = async () => {
    for (let idle = 0; idle < 5; idle += ends.length > 0 ? -idle : 1) {
      ends.shift()?.();
      await new Promise(setImmediate);
    }
  };
  return { write, commits, go };
}

it('what comes during a commit goes into the next one, and each hears of its own', async () => {
  const { write, commits, go } = slowDisk();
  const put = together({ write, most: 3, mayBeOfOne: () => true });
  const all = [1, 2, 3, 4, 5].map(put);
  await go();
  expect(await Promise.all(all)).toEqual([1, 2, 3, 4, 5].map((n) => `${n} is there`));
  expect(commits).toEqual([[1], [2, 3, 4], [5]]);
});

it('one that cannot be written fails alone', async () => {
  const bad = new Error('no such number');
  const { write, go } = slowDisk((items) => (items.includes(3) ? bad : undefined));
  const put = together({ write, most: 10, mayBeOfOne: () => true });
  const all = Promise.allSettled([1, 2, 3, 4].map(put));
  await go();
  expect((await all).map(({ status }) => status)).toEqual([
    ...['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  ]);
});

it('a database that is away fails all of a commit at once, and takes the next', async () => {
  let away = true;
  const { write, commits, go } = slowDisk(() => (away ? new Error('away') : undefined));
  const put = together({ write, most: 10, mayBeOfOne: () => false });
  const all = Promise.allSettled([1, 2, 3].map(put));
  await go();
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(commits).toEqual([[1], [2, 3]]);
  away = false;
  const last = put(4);
  await go();
  expect(await last).toBe('4 is there');
});
