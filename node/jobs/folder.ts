/** Each attempt has a folder of its own, gone when it ends; what a crash left goes at the start. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Claim } from '../store/jobs.ts';

export interface JobFolders {
  make(claim: Claim): Promise<string>;
  remove(dir: string): Promise<void>;
  /** Removes every folder no running job holds; answers how many. */
  sweep(running: ReadonlySet<number>): Promise<number>;
}

export function jobFolders(root: string): JobFolders {
  const remove = (dir: string) => rm(dir, { recursive: true, force: true, maxRetries: 3 });
  return {
    remove,
    async make({ id, attempt }) {
      const dir = join(root, `${id}-${attempt}`);
      await remove(dir);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      return dir;
    },
    async sweep(running) {
      const names = await readdir(root).catch(() => []);
      const orphans = names.filter((name) => !running.has(Number.parseInt(name, 10)));
      await Promise.all(orphans.map((name) => remove(join(root, name))));
      return orphans.length;
    },
  };
}
