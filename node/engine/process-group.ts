/**
 * Ends a process group for sure: ask, wait, insist.
 *
 * yt-dlp starts ffmpeg, and installs no SIGTERM handler: a signal to its pid alone leaves ffmpeg
 * running under PID 1. SIGINT to the group lets both of them clean up; SIGKILL ends what does not.
 */

export const GRACE_MS = 5_000;
const POLL_MS = 50;

/** Signals the group of `pid`. False when no process of it is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ESRCH') return false;
    // EPERM: what is left of the group is a zombie of another owner; nothing runs any more.
    if (code === 'EPERM') return false;
    throw cause;
  }
}

const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/**
 * Waits until the group is empty; zombies nobody reaps do not count as running for longer than
 * `limitMs`.
 */
async function untilGone(pid: number, limitMs: number): Promise<boolean> {
  const end = Date.now() + limitMs;
  while (signalGroup(pid, 0)) {
    if (Date.now() >= end) return false;
    await wait(POLL_MS);
  }
  return true;
}

/**
 * SIGINT, `graceMs`, SIGKILL. Resolves when the group is gone, or, where PID 1 reaps nothing,
 * a second after SIGKILL: from then on it can hold memory, but not run.
 */
export async function endGroup(pid: number, graceMs: number = GRACE_MS): Promise<void> {
  if (!signalGroup(pid, 'SIGINT')) return;
  if (await untilGone(pid, graceMs)) return;
  signalGroup(pid, 'SIGKILL');
  await untilGone(pid, 1_000);
}
