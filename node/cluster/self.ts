/** What this node tells the others about itself at every heartbeat. */
import { type CpuMeter, readDisk, readMemory } from '../health/machine.ts';
import type { Log } from '../log.ts';
import type { JobRow } from '../store/schema.ts';
import { VERSION } from '../version.ts';
import type { NodeFacts } from './facts.ts';

export interface SelfParts {
  dataDir: string;
  cpu: Pick<CpuMeter, 'percent'>;
  engine: 'warm' | 'spawn';
  ytdlp(): string;
  places(): number;
  running(): Iterable<Pick<JobRow, 'site' | 'startedAt'>>;
  /** Checks that are not well. */
  trouble(): readonly string[];
  log: Log;
  now(): number;
}

/** The waiting line needs no more, and the row stays small. */
const MOST_BUSY = 100;

export function factsOfSelf(parts: SelfParts): () => NodeFacts {
  let disk: { free: number; total: number } | undefined;
  /** Asked while a heartbeat leaves, shown with the next: a slow disk must not delay one. */
  const lookAtDisk = () =>
    void readDisk(parts.dataDir).then(
      (found) => {
        disk = found;
      },
      (err) => parts.log.debug({ err }, 'the disk could not be measured'),
    );
  return () => {
    lookAtDisk();
    const { total, available } = readMemory();
    const running = [...parts.running()];
    const { percent: cpu } = parts.cpu;
    return {
      ...{ version: VERSION, engine: parts.engine, ytdlp: parts.ytdlp() },
      ...{ places: parts.places(), running: running.length },
      busy: running
        .slice(0, MOST_BUSY)
        .map(({ site, startedAt }) => ({ site, startedAt: startedAt ?? parts.now() })),
      ...(cpu !== undefined && { cpu }),
      memory: total > 0 ? (1 - available / total) * 100 : 0,
      ...(disk && { diskFree: disk.free, diskTotal: disk.total }),
      trouble: [...parts.trouble()],
    };
  };
}
