import { afterEach, beforeEach, expect, it } from 'vitest';
import { unsynced } from '../../../node/store/unsynced.ts';
import { tempStore } from '../../support/store.ts';

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
