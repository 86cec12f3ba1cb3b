import { expect, it } from 'vitest';
import { paceByDoor } from '../../../node/inbox/pace.ts';

/** A gate of so many places, and a process that is as busy as told; `tick` is the time between looks. */
function scene(places = 16) {
  const state = { share: 0, isPaused: false };
  const light = {
    ...{ concurrency: places, size: 0, pending: 0 },
    pause: () => {
      state.isPaused = true;
    },
    start: () => {
      state.isPaused = false;
    },
  };
  let wake = () => {};
  const came = paceByDoor({
    ...{ light, busy: () => state.share },
    sleep: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
  });
  const arrive = (people: number) => {
    for (let one = 0; one < people; one++) came();
  };
  return {
    light,
    arrive,
    open: () => (state.isPaused ? 0 : light.concurrency),
    /** So many come, the process is so busy, and the time until the next look passes. */
    async tick(people: number, share: number) {
      arrive(people);
      state.share = share;
      wake();
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    },
  };
}

it('handles what it can at once while nobody is at the door', () => {
  expect(scene(16).open()).toBe(16);
});

it('begins with few when people come, and takes one more at each look while there is rest', async () => {
  const { light, arrive, open, tick } = scene();
  light.size = 100;
  arrive(1);
  expect(open()).toBe(4);
  for (let look = 0; look < 3; look++) await tick(5, 0.4);
  expect(open()).toBe(7);
  for (let look = 0; look < 30; look++) await tick(5, 0.4);
  expect(open()).toBe(16);
});

it('lets in a burst before it begins anything else, until the next look', async () => {
  const { light, arrive, open, tick } = scene();
  light.size = 100;
  arrive(5);
  expect(open()).toBe(4);
  arrive(1);
  expect(open()).toBe(0);
  await tick(0, 0.4);
  expect(open()).toBe(5);
});

it('keeps its pace for the few who come while there is little rest', async () => {
  const { light, arrive, open, tick } = scene();
  light.size = 100;
  arrive(1);
  for (let look = 0; look < 30; look++) await tick(1, 0.7);
  expect(open()).toBe(4);
});

it('handles nothing for a moment while a crowd comes in and there is no rest, never for long', async () => {
  const { light, arrive, open, tick } = scene();
  light.size = 100;
  arrive(10);
  const seen: number[] = [];
  for (let look = 0; look < 60; look++) {
    await tick(10, 0.6);
    seen.push(open());
  }
  expect(seen.slice(0, 3)).toEqual([1, 0, 0]);
  expect(seen.filter((places) => places === 0)).toHaveLength(20);
  expect(seen.at(-1)).toBe(1);
  arrive(10);
  expect(open()).toBe(1);
  await tick(10, 0.4);
  await tick(10, 0.4);
  expect(open()).toBeGreaterThan(1);
});

it('goes on one by one without a rest when only some are at the door', async () => {
  const { light, arrive, open, tick } = scene();
  light.size = 100;
  arrive(1);
  for (let look = 0; look < 10; look++) await tick(1, 0.99);
  expect(open()).toBe(1);
});

it('opens all places when nobody came and nothing waits', async () => {
  const { light, arrive, open, tick } = scene();
  light.size = 100;
  arrive(10);
  for (let look = 0; look < 3; look++) await tick(10, 0.99);
  light.size = 0;
  await tick(0, 0.99);
  expect(open()).toBe(16);
});

it('never has fewer places than one where the operator allows one', async () => {
  const { light, arrive, open, tick } = scene(1);
  light.size = 10;
  arrive(1);
  expect(open()).toBe(1);
  await tick(1, 0.4);
  expect(open()).toBe(1);
});
