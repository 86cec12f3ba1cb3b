/**
 * What downloads and looks at files gives way to what answers people: on a server whose cores are
 * all busy the bot would otherwise be as slow as its downloads.
 */
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Out of 19: a tenth of the CPU time of a process at 0 that wants it too. */
const NICE = 10;

export function giveWay(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, NICE);
    giveWayAsSession(pid);
  } catch {
    // It has ended already.
  }
}

/**
 * Outside containers Linux shares the processor among sessions first (`autogroup` in sched(7)),
 * and what is started here has one of its own: within it, a priority says nothing to others.
 */
function giveWayAsSession(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(NICE));
  } catch {
    // Not Linux, built without it, or asked more than ten times a second.
  }
}
