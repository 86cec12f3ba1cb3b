import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type AdmissionReading, createAdmission, fitting } from '../../../node/queue/admission.ts';
import { downloadMemory } from '../../../node/queue/download-memory.ts';

const MB = 1024 ** 2;
const GB = 1024 * MB;

/** A quiet 8 GB machine with jobs waiting before full places. */
const reading = (change: Partial<AdmissionReading> = {}): AdmissionReading => ({
  ...{ total: 8 * GB, available: 6 * GB, perDownload: 30 * MB },
  ...{ active: 8, cpu: 40, waiting: 20 },
  ...change,
});

function admission(start = 8) {
  const applied: number[] = [];
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const made = createAdmission({ start, apply: (places) => applied.push(places), log });
  const consider = (n: number, change: Partial<AdmissionReading> = {}) => {
    for (let i = 0; i < n; i++) made.consider(reading({ active: made.places, ...change }));
    return made.places;
  };
  return { made, applied, lines, consider };
}

describe('how many downloads run at once', () => {
  it('never leaves 8 to 32, whatever is free', () => {
    expect(fitting(reading({ available: 0 }))).toBe(8);
    expect(fitting(reading({ available: 500 * GB, total: 512 * GB }))).toBe(32);
    expect(admission(64).made.places).toBe(32);
    expect(admission(2).made.places).toBe(8);
  });

  it('counts what running downloads already hold as theirs', () => {
    const full = reading({ active: 16, available: 1 * GB, total: 2 * GB, perDownload: 60 * MB });
    expect(fitting(full)).toBe(16 + Math.floor((1024 - 204.8) / 60));
  });

  it('rises by steps while jobs wait, memory is free and the processor is not full', () => {
    const { consider, applied } = admission();
    expect(consider(2)).toBe(8);
    expect(consider(1)).toBe(12);
    expect(consider(3)).toBe(16);
    expect(consider(60)).toBe(32);
    expect(applied).toEqual([12, 16, 20, 24, 28, 32]);
  });

  it.each([
    ['nobody waits', { waiting: 0 }],
    ['places are free', { active: 3 }],
    ['the processor has enough to do', { cpu: 90 }],
    ['memory is full', { available: 800 * MB }],
  ])('stays where it is when %s', (_why, change) => {
    expect(admission().consider(20, change)).toBe(8);
  });

  it('does not swing when readings alternate', () => {
    const { consider, applied } = admission(16);
    for (let i = 0; i < 30; i++) consider(1, { cpu: i % 2 ? 40 : 99 });
    expect(applied).toEqual([]);
  });

  it('gives up at once what memory no longer holds, and says why', () => {
    const { consider, lines } = admission(32);
    expect(consider(1, { available: 700 * MB, perDownload: 60 * MB, active: 20 })).toBe(18);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      ...{ from: 32, to: 18, why: 'memory is short' },
      msg: 'downloads at once changed',
    });
  });

  it('goes down a step when the processor stays full', () => {
    const { consider } = admission(16);
    expect(consider(2, { cpu: 99 })).toBe(16);
    expect(consider(1, { cpu: 99 })).toBe(12);
    expect(consider(20, { cpu: 99 })).toBe(8);
  });
});

describe('what a download costs', () => {
  const process = (pid: number, parent: number, group: number) => ({ pid, parent, group });

  it('is the mean of the process groups below the node, without the fork server', () => {
    const sizes: Record<number, number> = { 20: 80, 30: 30, 31: 20, 40: 70 };
    const memory = downloadMemory({
      ...{ root: 10, estimate: 60 * MB, serverPids: () => [20] },
      tree: {
        pss: (pid) => (sizes[pid] ?? 0) * MB,
        processes: () => [
          process(1, 0, 1),
          process(10, 1, 10),
          process(31, 30, 30),
          process(20, 10, 20),
          process(30, 20, 30),
          process(40, 20, 40),
          process(99, 1, 99),
        ],
      },
    });
    for (let i = 0; i < 50; i++) memory.sample();
    expect(memory.sample() / MB).toBeCloseTo(60, 0);
    sizes[40] = 150;
    expect(memory.sample() / MB).toBeCloseTo(72, 0);
  });

  it('is an estimate while nothing runs', () => {
    const tree = { processes: () => [], pss: () => 0 };
    expect(downloadMemory({ estimate: 30, serverPids: () => [], tree }).sample()).toBe(30);
  });

  it('reads this machine without failing', () => {
    expect(downloadMemory({ estimate: 1, serverPids: () => [] }).sample()).toBeGreaterThan(0);
  });
});
