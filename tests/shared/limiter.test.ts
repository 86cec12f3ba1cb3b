import { expect, test } from 'vitest';
import { memoryLimiter, memoryState } from '../../edge/limiter.ts';
import { CLAIM_MS, charge, MAX_CLAIMS } from '../../shared/limiter.ts';
import { expectExact, limiterSuite } from '../support/limiter-suite.ts';

limiterSuite('the limiter in memory', () => memoryLimiter());

test('10,000 requests of 50 users: never over, never refused for nothing', async () => {
  const inOrder = async () => Array.from({ length: 10_000 }, (_, i) => i + 1);
  await expectExact(memoryLimiter(), inOrder);
});

const T0 = 1_700_000_000_000;
const limits = { user: 1, global: 0 };

test('forgets verdicts older than Telegram keeps an update, and no younger ones', () => {
  const state = memoryState();
  charge(state, { updateId: 1, userId: 1, limits, now: T0 });
  charge(state, { updateId: 2, userId: 2, limits, now: T0 + 2 });
  charge(state, { updateId: 1000, userId: 3, limits, now: T0 + CLAIM_MS + 1 });
  expect(state.verdictOf(1)).toBeUndefined();
  expect(state.verdictOf(2)).toEqual({ admit: true });
});

test('keeps a bounded number of verdicts, the newest', () => {
  const state = memoryState();
  const last = MAX_CLAIMS + 5000;
  for (let updateId = 1; updateId <= last; updateId++) {
    charge(state, { updateId, userId: 1, limits, now: T0 + updateId });
  }
  expect(state.verdictOf(5000)).toBeUndefined();
  expect(state.verdictOf(5001)).toBeDefined();
  expect(state.verdictOf(last)).toBeDefined();
});
