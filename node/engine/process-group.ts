/**
 * Ends a process group for sure: ask, wait, insist.
 *
 * yt-dlp starts ffmpeg, and installs no SIGTERM handler: a signal to its pid alone leaves ffmpeg
 * running under PID 1. SIGINT to the group lets both of them clean up; SIGKILL ends what does not.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { steadyNow } from '../clock.ts';

export const GRACE_MS = 5_000;
const POLL_MS = 50;

/** Signals the group of `pid`. False when no process of it is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw cause;
  }
}

/**
 * Whether anything of the group still runs. A zombie does not, although a signal reaches it: in a
 * container whose PID 1 reaps nothing, orphans stay zombies for ever.
 */
export function groupRuns(pid: number): boolean {
  if (!signalGroup(pid, 0)) return false;
  if (process.platform !== 'linux') return true;
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isRunningMember(name, pid));
}

/** `/proc/PID/stat` is `pid (name) state ppid pgrp …`; the name may hold spaces and brackets. */
function isRunningMember(name: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(pgrp) === group && state !== 'Z' && state !== 'X';
  } catch {
    // It ended between the listing and the reading.
    return false;
  }
}

const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

async function untilGone(pid: number, limitMs: number): Promise<boolean> {
  const end = steadyNow() + limitMs;
  while (groupRuns(pid)) {
    if (steadyNow() >= end) return false;
    await wait(POLL_MS);
  }
  return true;
}

/** SIGINT, `graceMs`, SIGKILL; resolves when the group is gone. */
export async function endGroup(pid: number, graceMs: number = GRACE_MS): Promise<void> {
  if (!signalGroup(pid, 'SIGINT')) return;
  if (await untilGone(pid, graceMs)) return;
  signalGroup(pid, 'SIGKILL');
  // Only a process stuck in the kernel (a dead network disk) survives this; it cannot be awaited.
  await untilGone(pid, 5_000);
}
