/** What the machine or the container has, and how much of it is taken. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';

/** Bytes. */
export interface MemoryReading {
  total: number;
  /** What programs can still get without the kernel having to push others out. */
  available: number;
}

export type ReadText = (path: string) => string | undefined;

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // Another system, or a container without this file: the next source answers.
    return undefined;
  }
};

const CGROUP = '/sys/fs/cgroup';

/** The tighter of the machine's memory and the cgroup's limit. */
export function readMemory(read: ReadText = readText): MemoryReading {
  const machine = machineMemory(read);
  const limit = Number(read(`${CGROUP}/memory.max`));
  if (!Number.isFinite(limit) || limit <= 0 || limit >= machine.total) return machine;
  // Page cache counts as used in a cgroup, but the kernel gives it back when it is asked for.
  const cache = field(read(`${CGROUP}/memory.stat`), 'inactive_file');
  const used = Number(read(`${CGROUP}/memory.current`) ?? 0) - (cache ?? 0);
  return { total: limit, available: Math.max(0, Math.min(limit - used, machine.available)) };
}

function machineMemory(read: ReadText): MemoryReading {
  const info = read('/proc/meminfo');
  const kilobytes = (name: string) => field(info, `${name}:`);
  const [total, available] = [kilobytes('MemTotal'), kilobytes('MemAvailable')];
  if (total === undefined || available === undefined)
    return { total: totalmem(), available: freemem() };
  return { total: total * 1024, available: available * 1024 };
}

function field(text: string | undefined, name: string): number | undefined {
  const line = text?.split('\n').find((entry) => entry.startsWith(`${name} `));
  const value = line?.slice(name.length).trim().split(' ')[0];
  return value ? Number(value) : undefined;
}

/** Microseconds the processors worked, and how many of them there were to work. */
export interface CpuReading {
  busy: number;
  cores: number;
}

/** Of the cgroup where it is limited to a share of the machine, else of the whole machine. */
export function readCpu(read: ReadText = readText): CpuReading {
  const [quota, period] = (read(`${CGROUP}/cpu.max`) ?? '').split(' ').map(Number);
  const used = field(read(`${CGROUP}/cpu.stat`), 'usage_usec');
  if (quota && period && used !== undefined) return { busy: used, cores: quota / period };
  const busy = cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
  return { busy: busy * 1000, cores: availableParallelism() };
}

export interface CpuMeter {
  /** Takes a reading; the percentage is over the time since the one before. */
  sample(): void;
  /** 0–100; undefined before the second sample. */
  readonly percent: number | undefined;
}

/** `now` in ms. */
export function cpuMeter(
  read: () => CpuReading = readCpu,
  now: () => number = () => performance.now(),
): CpuMeter {
  let last = { ...read(), at: now() };
  let percent: number | undefined;
  return {
    sample() {
      const next = { ...read(), at: now() };
      const passed = (next.at - last.at) * 1000 * next.cores;
      if (passed > 0)
        percent = Math.min(100, Math.max(0, ((next.busy - last.busy) / passed) * 100));
      last = next;
    },
    get percent() {
      return percent;
    },
  };
}

/** Bytes of the file system a folder stands on. */
export async function readDisk(dir: string): Promise<{ total: number; free: number }> {
  const { bsize, blocks, bavail } = await statfs(dir);
  return { total: bsize * blocks, free: bsize * bavail };
}
