/** A disk of a few megabytes for one test, and a ballast that fills it up. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, statfsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MB = 1024 * 1024;

export interface SmallDisk {
  dir: string;
  /** Leaves so many MB free. */
  fillTo(mb: number): void;
  /** Takes the ballast away. */
  empty(): void;
  close(): Promise<void>;
}

/** Undefined where mounting needs a right that is withheld, as in most containers and on laptops. */
export async function smallDisk(mb: number): Promise<SmallDisk | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'postchi-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mb}m`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    await rm(dir, { recursive: true });
    return undefined;
  }
  const ballast = join(dir, 'ballast');
  const empty = () => rmSync(ballast, { force: true });
  return {
    dir,
    empty,
    fillTo(left) {
      empty();
      const { bavail, bsize } = statfsSync(dir);
      const bytes = Math.floor(bavail * bsize - left * MB);
      if (bytes <= 0) return;
      try {
        execFileSync('fallocate', ['-l', String(bytes), ballast], { stdio: 'ignore' });
      } catch {
        // The downloads took bytes meanwhile, and then it takes none: it is written to the end.
        const write = 'head -c "$1" /dev/zero > "$2"';
        spawnSync('sh', ['-c', write, 'sh', String(bytes), ballast], { stdio: 'ignore' });
      }
    },
    async close() {
      execFileSync('umount', ['-l', dir]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
