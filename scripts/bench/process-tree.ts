/** CPU time and memory of a process with everything it started, read from /proc (Linux only). */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of /proc/PID/stat per second: `getconf CLK_TCK`, 100 on every Linux in use. */
const TICKS = 100;

interface Stat {
  pid: number;
  parent: number;
  /** Seconds of the process and of its children that ended and were waited for. */
  cpu: number;
  /** Of the ended children alone. */
  children: number;
}

function statOf(pid: number | 'self'): Stat | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The name may hold spaces and brackets; the fields are counted from its end.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (!text || !fields) return undefined;
  const seconds = (at: number) => Number(fields[at]) / TICKS;
  const children = seconds(13) + seconds(14);
  const own = seconds(11) + seconds(12);
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    cpu: own + children,
    children,
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended between the listing and the look.
    return undefined;
  }
}

function processes(): Stat[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => statOf(Number(pid)) ?? []);
}

/** The process and all its descendants that live. */
export function treeOf(root: number): number[] {
  return descendants(root, processes()).map(({ pid }) => pid);
}

function descendants(root: number, all: readonly Stat[]): Stat[] {
  const found = all.filter(({ pid }) => pid === root);
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return found;
}

/** CPU seconds a tree has used so far; what ended counts from when it was waited for. */
export const cpuOfTree = (root: number): number =>
  descendants(root, processes()).reduce((sum, { cpu }) => sum + cpu, 0);

/** CPU seconds of this process's children that ended. */
export const cpuOfEndedChildren = (): number => statOf('self')?.children ?? 0;

/** Proportional set size of a tree in bytes: shared pages are divided among those who share. */
export const pssOfTree = (root: number): number =>
  treeOf(root).reduce((sum, pid) => sum + pssOf(pid), 0);

export const pssOf = (pid: number): number =>
  kilobytes(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+)/m);
export const rssOf = (pid: number): number => kilobytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+)/m);

const kilobytes = (path: string, pattern: RegExp) =>
  Number(pattern.exec(read(path) ?? '')?.[1] ?? 0) * 1024;

/** Direct children whose command line holds `part`. */
export function childrenLike(parent: number, part: string): number[] {
  return processes()
    .filter((one) => one.parent === parent)
    .map(({ pid }) => pid)
    .filter((pid) => read(`/proc/${pid}/cmdline`)?.includes(part));
}

/** The largest PSS of several trees together, looked at every `everyMs` until `stop`. */
export function watchPss(roots: () => readonly number[], everyMs = 300) {
  let peak = 0;
  const look = () => {
    peak = Math.max(
      peak,
      roots().reduce((sum, root) => sum + pssOfTree(root), 0),
    );
  };
  const timer = setInterval(look, everyMs);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}
