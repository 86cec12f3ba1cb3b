/**
 * yt-dlp and ffmpeg of a node that was killed run on under PID 1, and write into folders that
 * are about to be removed. Every engine process stands in its job's folder, so the kernel knows
 * which they are: nothing has to be written down before a start, and nothing can be stale.
 */
import { readdir, readlink, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../log.ts';

const LOOK_AGAIN_MS = 50;
/** A process stuck in the kernel does not die; the start does not wait for it for ever. */
const MAX_LOOKS = 40;

/**
 * Kills everything whose working folder lies inside `jobsDir`, and answers how many there were.
 * Only for a start that holds the data folder's lock. Without `/proc` (macOS) nothing is found;
 * the engines' own wall time ends such processes.
 */
export async function endLeftovers(jobsDir: string, log: Log): Promise<number> {
  const ended = new Set<number>();
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const found = await processesIn(jobsDir);
    if (found.length === 0) break;
    for (const pid of found) {
      kill(pid);
      ended.add(pid);
    }
    await wait(LOOK_AGAIN_MS);
  }
  if (ended.size > 0) log.warn({ pids: [...ended] }, 'ended processes of an earlier node');
  return ended.size;
}

export async function processesIn(dir: string): Promise<number[]> {
  const root = await realpath(dir).catch(() => dir);
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const inside = await Promise.all(
    pids.map(async (pid) => {
      // Other people's processes do not tell, and zombies stand nowhere.
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return cwd === root || cwd.startsWith(root + sep) ? [pid] : [];
    }),
  );
  return inside.flat();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (cause) {
    // It ended by itself in this very moment.
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}
