import { expect, it } from 'vitest';
import { watchdog } from '../../../node/engine/watchdog.ts';
import type { JobError } from '../../../shared/errors.ts';

function watched(maxBytes = 1_000_000) {
  const clock = { now: 0, folder: 0 };
  const trips: JobError[] = [];
  const dog = watchdog({
    maxBytes,
    folderBytes: async () => clock.folder,
    onTrip: (error) => trips.push(error),
    now: () => clock.now,
  });
  /** Seconds pass, with `bytes` more in the folder each second. */
  const pass = async (seconds: number, bytes = 0) => {
    for (let second = 0; second < seconds; second += 2) {
      clock.now += 2_000;
      clock.folder += 2 * bytes;
      await dog.check();
    }
  };
  return { dog, clock, trips, pass, codes: () => trips.map(({ code }) => code) };
}

it('ends a download without a byte for 60 s', async () => {
  const { pass, codes } = watched();
  await pass(20, 20_000);
  await pass(58);
  expect(codes()).toEqual([]);
  await pass(4);
  expect(codes()).toEqual(['stalled']);
});

it('ends a trickle that would never arrive', async () => {
  const { pass, codes } = watched();
  await pass(120, 50);
  expect(codes()).toEqual(['stalled']);
});

it('lets a slow but steady download go on', async () => {
  const { pass, codes } = watched(100_000_000);
  await pass(600, 20_000);
  expect(codes()).toEqual([]);
});

it('waits for ffmpeg as long as it works', async () => {
  const { dog, pass, codes } = watched();
  dog.processing();
  await pass(600);
  expect(codes()).toEqual([]);
});

it('tells the announced size of what is too large', () => {
  const { dog, trips } = watched();
  dog.progress(1, { bytes: 5_000_000, exact: true });
  expect(trips[0]).toMatchObject({
    code: 'too_large',
    facts: { size: 5_000_000, limit: 1_000_000 },
  });
});

it('does not believe an estimate before the bytes are there', () => {
  const { dog, codes } = watched();
  dog.progress(1, { bytes: 5_000_000, exact: false });
  expect(codes()).toEqual([]);
  dog.progress(1_000_001, { bytes: 5_000_000, exact: false });
  expect(codes()).toEqual(['too_large']);
});

it('ends a download that fills the folder without reporting', async () => {
  const { clock, dog, codes } = watched();
  clock.folder = 2_300_000;
  await dog.check();
  expect(codes()).toEqual(['too_large']);
});
