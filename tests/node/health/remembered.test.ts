/** What /healthz tells when many ask and the database is slow. */
import { expect, it } from 'vitest';
import { remembered } from '../../../node/health/remembered.ts';

function scene() {
  let now = 0;
  let made = 0;
  const readings: { give(): void; fail(): void }[] = [];
  const ask = remembered({
    freshMs: 2_000,
    staleMs: 8_000,
    now: () => now,
    read: () =>
      new Promise<number>((resolve, reject) => {
        const value = ++made;
        readings.push({ give: () => resolve(value), fail: () => reject(new Error('away')) });
      }),
  });
  const pass = (ms: number) => {
    now += ms;
  };
  return { ask, pass, readings, made: () => made };
}

it('many who ask at once cause one reading', async () => {
  const { ask, readings, made } = scene();
  const all = [ask(), ask(), ask()];
  readings[0]?.give();
  expect(await Promise.all(all)).toEqual([1, 1, 1]);
  expect([await ask(), made()]).toEqual([1, 1]);
});

it('nobody waits for a slow reading while the last one will do; then it is waited for', async () => {
  const { ask, pass, readings } = scene();
  const first = ask();
  readings[0]?.give();
  await first;
  pass(3_000);
  expect(await ask()).toBe(1);
  pass(6_000);
  const waiting = ask();
  readings[1]?.give();
  expect(await waiting).toBe(2);
});

it('a reading that failed is told to the next who asks', async () => {
  const { ask, pass, readings } = scene();
  const first = ask();
  readings[0]?.give();
  await first;
  pass(3_000);
  await ask();
  readings[1]?.fail();
  await new Promise(setImmediate);
  const next = ask();
  readings[2]?.fail();
  await expect(next).rejects.toThrow('away');
});
