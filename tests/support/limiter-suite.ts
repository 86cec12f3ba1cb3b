/** What every limiter has to do, in memory or in a Durable Object: one suite for all of them. */
import { describe, expect, test } from 'vitest';
import type { Charge, Limits, Verdict } from '../../shared/limiter.ts';
import { seeded } from './random.ts';

export interface Subject {
  charge(q: Charge): Promise<Verdict>;
}

const T0 = 1_700_000_000_000;
const USUAL: Limits = { user: 10, global: 25 };

/** Counts update ids up, so that each call is an update of its own. */
function sender(limiter: Subject, limits: Limits = USUAL) {
  let updateId = 0;
  return (userId: number, now: number) =>
    limiter.charge({ updateId: ++updateId, userId, limits, now });
}

const repeat = async <T>(n: number, what: (i: number) => Promise<T>): Promise<T[]> => {
  const all: T[] = [];
  for (let i = 0; i < n; i++) all.push(await what(i));
  return all;
};

interface Asked {
  updateId: number;
  userId: number;
  now: number;
}

/**
 * The definition itself: admitted unless as many admitted requests as allowed lie less than 60 s
 * away. Quadratic, obvious, and written without the code under test.
 */
function reference(arrived: readonly Asked[]): Set<number> {
  const admitted: Asked[] = [];
  for (const one of arrived) {
    const near = admitted.filter((other) => Math.abs(other.now - one.now) < 60_000);
    const own = near.filter((other) => other.userId === one.userId);
    if (own.length < 10 && near.length < 25) admitted.push(one);
  }
  return new Set(admitted.map((one) => one.updateId));
}

/** The largest number of requests within any 60 s. */
function most(asked: readonly Asked[]): number {
  const times = asked.map((one) => one.now).sort((a, b) => a - b);
  let start = 0;
  return times.reduce((max, time, i) => {
    while ((times[start] ?? time) <= time - 60_000) start++;
    return Math.max(max, i - start + 1);
  }, 0);
}

/**
 * Asks everything at once and holds the verdicts against the definition: never over a limit, and
 * nobody refused for nothing. `order` tells in which order the calls arrived, as update ids.
 */
export async function expectExact(
  limiter: Subject,
  order: () => Promise<number[]>,
  requests = 10_000,
): Promise<void> {
  const asked = traffic(42, requests);
  const verdicts = await Promise.all(asked.map((one) => limiter.charge({ ...one, limits: USUAL })));
  const admitted = asked.filter((_, i) => verdicts[i]?.admit);
  expect(admitted.length).toBeGreaterThan(requests / 33);
  expect(most(admitted)).toBe(25);
  for (let userId = 1; userId <= 50; userId++) {
    const own = admitted.filter((one) => one.userId === userId);
    expect(most(own), `user ${userId}`).toBeLessThanOrEqual(10);
  }
  const arrived = (await order()).flatMap((updateId) => asked[updateId - 1] ?? []);
  expect(arrived).toHaveLength(asked.length);
  expect(new Set(admitted.map((one) => one.updateId))).toEqual(reference(arrived));
}

/** Requests of 50 users in bursts and in order of time; 10,000 take 20 minutes. */
function traffic(seed: number, requests: number): Asked[] {
  const random = seeded(seed);
  let now = T0;
  return Array.from({ length: requests }, (_, i) => {
    now += random.chance(0.9) ? random.below(20) : random.below(2000);
    return { updateId: i + 1, userId: 1 + Math.min(random.below(50), random.below(50)), now };
  });
}

export function limiterSuite(name: string, create: () => Subject): void {
  describe(name, () => {
    test('admits ten of one user in any minute and the next when the first is a minute old', async () => {
      const ask = sender(create());
      const first = await repeat(10, (i) => ask(1, T0 + i * 1000));
      expect(first.every((v) => v.admit)).toBe(true);
      const refused = await ask(1, T0 + 59_999);
      expect(refused).toEqual({ admit: false, retryAt: T0 + 60_000, scope: 'user', tell: true });
      expect(await ask(1, T0 + 60_000)).toEqual({ admit: true });
      expect(await ask(1, T0 + 60_000)).toMatchObject({ admit: false, retryAt: T0 + 61_000 });
    });

    test('admits twenty-five of all users in any minute', async () => {
      const ask = sender(create());
      const first = await repeat(25, (i) => ask(1 + i, T0 + i));
      expect(first.every((v) => v.admit)).toBe(true);
      const refused = await ask(99, T0 + 100);
      expect(refused).toEqual({ admit: false, retryAt: T0 + 60_000, scope: 'all', tell: true });
    });

    test('a spammer uses ten of the common budget and no more', async () => {
      const ask = sender(create());
      await repeat(100, () => ask(1, T0));
      const others = await repeat(15, (i) => ask(2 + i, T0));
      expect(others.every((v) => v.admit)).toBe(true);
      expect(await ask(50, T0)).toMatchObject({ admit: false, scope: 'all' });
    });

    test('tells once, then is silent until the moment it named', async () => {
      const ask = sender(create());
      await repeat(10, () => ask(1, T0));
      const refused = await repeat(5, (i) => ask(1, T0 + i));
      expect(refused.map((v) => !v.admit && v.tell)).toEqual([true, false, false, false, false]);
      await repeat(10, () => ask(1, T0 + 60_000));
      expect(await ask(1, T0 + 60_001)).toMatchObject({ admit: false, tell: true });
    });

    test('tells each user for himself', async () => {
      const ask = sender(create(), { user: 10, global: 1 });
      await ask(1, T0);
      expect(await ask(1, T0)).toMatchObject({ tell: true, scope: 'all' });
      expect(await ask(2, T0)).toMatchObject({ tell: true });
      expect(await ask(2, T0)).toMatchObject({ tell: false });
    });

    test('gives an update sent again the verdict it got, without charging it again', async () => {
      const limiter = create();
      const limits = { user: 2, global: 25 };
      const ask = (updateId: number, now: number) =>
        limiter.charge({ updateId, userId: 1, limits, now });
      const again = await repeat(5, () => ask(7, T0));
      expect(again.every((v) => v.admit)).toBe(true);
      expect(await ask(8, T0)).toEqual({ admit: true });
      const refused = await ask(9, T0);
      expect(refused).toMatchObject({ admit: false, tell: true });
      expect(await ask(7, T0 + 1)).toEqual({ admit: true });
      expect(await ask(9, T0 + 120_000)).toEqual(refused);
      expect(await ask(7, T0 + 86_400_000)).toEqual({ admit: true });
    });

    test('0 turns a limit off', async () => {
      const noUser = sender(create(), { user: 0, global: 25 });
      expect((await repeat(25, () => noUser(1, T0))).every((v) => v.admit)).toBe(true);
      expect(await noUser(1, T0)).toMatchObject({ admit: false, scope: 'all' });
      const noGlobal = sender(create(), { user: 10, global: 0 });
      const all = await repeat(100, (i) => noGlobal(1 + (i % 10), T0));
      expect(all.every((v) => v.admit)).toBe(true);
      expect(await noGlobal(1, T0)).toMatchObject({ admit: false, scope: 'user' });
    });

    test('a lower limit holds at once for charges made under the higher one', async () => {
      const limiter = create();
      const ask = (updateId: number, user: number, now: number) =>
        limiter.charge({ updateId, userId: 1, limits: { user, global: 0 }, now });
      await repeat(10, (i) => ask(i + 1, 10, T0 + i * 1000));
      expect(await ask(20, 3, T0 + 10_000)).toMatchObject({ retryAt: T0 + 67_000 });
    });

    test('a clock that ran an hour fast and was set right locks nobody out', async () => {
      const ask = sender(create());
      await repeat(11, () => ask(1, T0 + 3_600_000));
      const later = await repeat(11, () => ask(1, T0));
      expect(later.map((v) => v.admit)).toEqual([...Array(10).fill(true), false]);
      expect(later[10]).toMatchObject({ tell: true });
    });

    test('callers whose clocks differ do not get more than the limit together', async () => {
      const ask = sender(create());
      const verdicts = await repeat(30, (i) => ask(1, T0 + (i % 2) * 500));
      expect(verdicts.filter((v) => v.admit)).toHaveLength(10);
    });
  });
}
