import { describe, expect, it } from 'vitest';
import { createDisk } from '../../../node/jobs/disk.ts';

const MB = 1024 * 1024;

/** A disk of so many MB with so many of them free. */
function diskOf(size: number, free: number, maxFileMb = 50) {
  const state = { free, maxFileMb };
  const disk = createDisk({
    dir: '/',
    maxFileBytes: () => state.maxFileMb * MB,
    statfs: () => ({ bavail: state.free, blocks: size, bsize: MB }),
  });
  return { disk, state };
}

describe('room on the disk', () => {
  it('admits jobs until what they may need would touch the floor', () => {
    const { disk } = diskOf(100_000, 512 + 220);
    let admitted = 0;
    while (!disk.full() && admitted < 100) disk.admit(++admitted);
    expect(admitted).toBe(4);
    disk.release(1);
    expect(disk.full()).toBe(false);
  });

  it('asks for less room when an admin lowers the largest file', () => {
    const { disk, state } = diskOf(100_000, 512 + 20);
    disk.admit(1);
    expect(disk.full()).toBe(true);
    disk.release(1);
    state.maxFileMb = 5;
    disk.admit(1);
    expect(disk.full()).toBe(false);
  });

  it('leaves the floor alone: a twentieth of a small disk, half a gigabyte of a large one', () => {
    expect(diskOf(60, 2).disk.full()).toBe(true);
    expect(diskOf(60, 4).disk.full()).toBe(false);
    expect(diskOf(1_000_000, 500).disk.full()).toBe(true);
  });

  it('counts a job by its real size once that is known, with room for joining its streams', () => {
    const { disk } = diskOf(100_000, 512 + 300, 2000);
    disk.admit(1);
    disk.reserve(1, 100 * MB);
    disk.admit(2);
    expect(() => disk.reserve(2, 50 * MB)).toThrow(/disk_full/);
    disk.release(1);
    expect(() => disk.reserve(2, 50 * MB)).not.toThrow();
  });

  it('refuses a job that would not fit even alone', () => {
    const { disk } = diskOf(100_000, 512 + 100, 2000);
    disk.admit(1);
    expect(() => disk.reserve(1, 50 * MB)).toThrow(/disk_full/);
  });

  it('lets one job try its luck on a small disk that is not full', () => {
    const { disk } = diskOf(64, 30);
    expect(disk.full()).toBe(false);
    disk.admit(1);
    expect(disk.full()).toBe(true);
  });

  it('is spent below the floor only, however much of the rest is given out', () => {
    const { disk, state } = diskOf(100_000, 513);
    for (let job = 0; job < 9; job++) disk.admit(job);
    expect(disk.spent()).toBe(false);
    state.free = 511;
    expect(disk.spent()).toBe(true);
  });
});
