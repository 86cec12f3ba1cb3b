/**
 * What downloads and looks at files gives way to what answers people: on a server whose cores are
 * all busy the bot would otherwise be as slow as its downloads.
 */
import { setPriority } from 'node:os';

/** Out of 19: a third of the CPU time of a process at 0 that wants it too. */
const NICE = 5;

export function giveWay(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, NICE);
  } catch {
    // It has ended already.
  }
}
