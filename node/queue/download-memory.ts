/** What one running download costs in memory, read from the processes below the node. */
import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  pid: number;
  parent: number;
  group: number;
}

export interface ProcessTree {
  processes(): Process[];
  /** Bytes of the proportional set size; 0 for a process that is gone or another user's. */
  pss(pid: number): number;
}

/** Linux' `/proc`; elsewhere there are no processes to see and the estimate stands. */
const procTree: ProcessTree = {
  processes: () => (process.platform === 'linux' ? listed() : []),
  pss(pid) {
    const line = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
    return line ? Number(line[1]) * 1024 : 0;
  },
};

function listed(): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    // `PID (name) state ppid pgrp …`; the name may hold spaces and brackets.
    const stat = read(`/proc/${pid}/stat`);
    const [, parent, group] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return parent && group ? [{ pid: Number(pid), parent, group }] : [];
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It ended between the listing and the reading.
    return '';
  }
}

export interface DownloadMemory {
  /** Bytes; smoothed, so that one large merge does not stop everybody. */
  sample(): number;
  /** The last of these, without a look at every process of the machine. */
  readonly known: number;
}

export interface DownloadMemoryParts {
  /** Bytes, until there is something to measure. */
  estimate: number;
  /** The fork servers: shared by all downloads, so they are none. */
  serverPids: () => readonly (number | undefined)[];
  tree?: ProcessTree;
  root?: number;
}

/** Weight of a new measurement. */
const FRESH = 0.3;

export function downloadMemory(parts: DownloadMemoryParts): DownloadMemory {
  const { tree = procTree, root = process.pid, serverPids } = parts;
  let smoothed = parts.estimate;
  return {
    sample() {
      const groups = groupsBelow(tree.processes(), root, serverPids());
      const sizes = groups.map((pids) => pids.reduce((sum, pid) => sum + tree.pss(pid), 0));
      const real = sizes.filter((bytes) => bytes > 0);
      if (real.length > 0) {
        const mean = real.reduce((sum, bytes) => sum + bytes, 0) / real.length;
        smoothed += (mean - smoothed) * FRESH;
      }
      return smoothed;
    },
    get known() {
      return smoothed;
    },
  };
}

/** Every run has a process group of its own, with the ffmpeg it started in it. */
function groupsBelow(
  all: Process[],
  root: number,
  servers: readonly (number | undefined)[],
): number[][] {
  const below = new Set([root]);
  // Parents have smaller pids nearly always; a few rounds find the rest.
  for (let found = true; found; ) {
    found = false;
    for (const { pid, parent } of all) {
      if (below.has(pid) || !below.has(parent)) continue;
      below.add(pid);
      found = true;
    }
  }
  const own = all.find(({ pid }) => pid === root)?.group;
  const groups = new Map<number, number[]>();
  for (const { pid, group } of all) {
    if (!below.has(pid) || pid === root || servers.includes(pid) || group === own) continue;
    groups.set(group, [...(groups.get(group) ?? []), pid]);
  }
  return [...groups.values()];
}
