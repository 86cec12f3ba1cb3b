/**
 * What downloads and looks at files gives way to what answers people: on a server whose cores are
 * all busy the bot would otherwise be as slow as its downloads.
 */
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Out of 19: a tenth of the CPU time of a process at 0 that wants it too. */
const NICE = 10;

export function giveWay(pid: number | undefined): void {
  if (pid !== undefined) setNice(pid, NICE);
}

/** For a process and its session, from -20, which goes first and only root may give, to 19. */
export function setNice(pid: number, nice: number): void {
  try {
    setPriority(pid, nice);
    setNiceOfSession(pid, nice);
  } catch {
    // It has ended already, or may not.
  }
}

/**
 * Outside containers Linux shares the processor among sessions first (`autogroup` in sched(7)),
 * and what is started here has one of its own: within it, a priority says nothing to others.
 */
function setNiceOfSession(pid: number, nice: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // Not Linux, built without it, or asked more than ten times a second.
  }
}
