/** The time of all nodes, from clocks that differ. */
import { expect, it } from 'vitest';
import { sharedClock } from '../../../../node/store/postgres/clock.ts';

function scene(aheadMs: number, answerMs = 10) {
  let real = 1_800_000_000_000;
  let ahead = aheadMs;
  const told: number[] = [];
  const clock = sharedClock({
    wall: () => real + ahead,
    onApart: (ms) => told.push(ms),
    async ask() {
      real += answerMs / 2;
      const theirs = real;
      real += answerMs / 2;
      return theirs;
    },
  });
  const set = (ms: number) => {
    ahead = ms;
  };
  return { clock, told, set, apart: () => clock.now() - real };
}

it('a machine that is an hour fast or slow goes by the time of the database, and it is told once', async () => {
  for (const hour of [3_600_000, -3_600_000]) {
    const { clock, told, apart } = scene(hour);
    await clock.compare();
    await clock.compare();
    expect([apart(), told]).toEqual([0, [hour]]);
  }
});

it('a clock that is set right is believed again', async () => {
  const { clock, told, set, apart } = scene(60_000);
  await clock.compare();
  set(0);
  await clock.compare();
  expect([apart(), told]).toEqual([0, [60_000, 0]]);
});

it('small differences and slow answers change nothing', async () => {
  const small = scene(800);
  await small.clock.compare();
  expect([small.apart(), small.told]).toEqual([800, []]);
  const slow = scene(5_000, 9_000);
  await slow.clock.compare();
  expect([slow.apart(), slow.told]).toEqual([5_000, []]);
});
