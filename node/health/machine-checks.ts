/** Processor, memory and disk. */
import { type Check, found, grade, type HealthSource } from './check.ts';
import { type CpuMeter, type MemoryReading, readDisk, readMemory } from './machine.ts';
import { percent, size } from './words.ts';

/** The operator's rule: over 80 % of either, the server is too small or something is wrong. */
const BUSY = { warn: 80, bad: 95 };
const GB = 1024 ** 3;

export const cpuSource = (meter: CpuMeter): HealthSource => ({
  name: 'cpu',
  check: () => cpuCheck(meter.percent ?? 0),
});

export function cpuCheck(used: number): Check {
  // A busy processor is slow, not broken.
  const state = used >= BUSY.warn ? 'warn' : 'ok';
  const detail = `${percent(used)} busy`;
  const step =
    'when it stays so: see what runs with `top`, then lower MAX_CONCURRENT_DOWNLOADS or use a larger server';
  return found(
    { name: 'cpu', state, detail, say: (d) => d.cpu(used), facts: { percent: used } },
    step,
  );
}

export const memorySource = (read: () => MemoryReading = readMemory): HealthSource => ({
  name: 'memory',
  check: () => memoryCheck(read()),
});

export function memoryCheck({ total, available }: MemoryReading): Check {
  const used = total > 0 ? (1 - available / total) * 100 : 0;
  const detail = `${percent(used)} used, ${size(available)} of ${size(total)} free`;
  const facts = { percent: used, total, available };
  const step = 'restart the bot; when it comes back, use a larger server';
  return found(
    { name: 'memory', state: grade(used, BUSY), detail, say: (d) => d.memory(facts), facts },
    step,
  );
}

/**
 * `needed`: bytes that as many downloads as run at once may take. Below it the next full house
 * fills the disk; below twice that a little of anything else does.
 */
export const diskSource = (dir: string, needed: () => number): HealthSource => ({
  name: 'disk',
  check: async () => diskCheck(await readDisk(dir), needed()),
});

export function diskCheck({ total, free }: { total: number; free: number }, needed: number): Check {
  const state = free < needed ? 'bad' : free < needed * 2 ? 'warn' : 'ok';
  const used = total > 0 ? (1 - free / total) * 100 : 0;
  const detail = `${size(free)} of ${size(total)} free, ${size(needed)} may be needed at once`;
  const step = 'run `node dist/node.js cleanup` or make room on the disk of DATA_DIR';
  const facts = { percent: used, free, total, needed };
  return found({ name: 'disk', state, detail, say: (d) => d.disk(facts), facts }, step);
}

/** What the downloads of a full house may take, between 1 GB and 4 GB. */
export const diskNeeded = (places: number, maxFileBytes: number): number =>
  Math.min(4 * GB, Math.max(GB, places * maxFileBytes));
