import { describe, expect, it } from 'vitest';
import { cpuMeter, readCpu, readDisk, readMemory } from '../../../node/health/machine.ts';

const MB = 1024 ** 2;
const files = (texts: Record<string, string>) => (path: string) => texts[path];
const MEMINFO = 'MemTotal:        4096000 kB\nMemFree: 1 kB\nMemAvailable:    2048000 kB\n';

describe('memory', () => {
  it('is the machine’s where no limit stands', () => {
    const read = files({ '/proc/meminfo': MEMINFO, '/sys/fs/cgroup/memory.max': 'max\n' });
    expect(readMemory(read)).toEqual({ total: 4000 * MB, available: 2000 * MB });
  });

  it('is the container’s limit without the cache the kernel gives back', () => {
    const read = files({
      '/proc/meminfo': MEMINFO,
      '/sys/fs/cgroup/memory.max': `${512 * MB}\n`,
      '/sys/fs/cgroup/memory.current': `${400 * MB}\n`,
      '/sys/fs/cgroup/memory.stat': `anon ${100 * MB}\ninactive_file ${200 * MB}\n`,
    });
    expect(readMemory(read)).toEqual({ total: 512 * MB, available: 312 * MB });
  });

  it('is known on a system without /proc', () => {
    const { total, available } = readMemory(files({}));
    expect(total).toBeGreaterThan(available);
  });
});

describe('the processor', () => {
  it('is measured against the container’s share of it', () => {
    const read = files({
      '/sys/fs/cgroup/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/cpu.stat': 'usage_usec 7000000\nuser_usec 1\n',
    });
    expect(readCpu(read)).toEqual({ busy: 7_000_000, cores: 1.5 });
    expect(
      readCpu(files({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' })).cores,
    ).toBeGreaterThanOrEqual(1);
  });

  it('is the share of the time since the last sample', () => {
    let now = 0;
    let busy = 0;
    const meter = cpuMeter(
      () => ({ busy, cores: 2 }),
      () => now,
    );
    expect(meter.percent).toBeUndefined();
    now = 10_000;
    busy = 5_000_000;
    meter.sample();
    expect(meter.percent).toBe(25);
    now = 20_000;
    busy = 26_000_000;
    meter.sample();
    expect(meter.percent).toBe(100);
  });
});

it('knows the disk a folder stands on', async () => {
  const { total, free } = await readDisk('/');
  expect(total).toBeGreaterThan(free);
});
