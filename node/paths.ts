/** Where things stand beside the program: in the source tree, and in `dist/` after the build. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The first of the candidates (relative to this file or to the bundle) that exists. */
function beside(...candidates: string[]): string {
  const found = candidates.map((path) => join(here, path)).find((path) => existsSync(path));
  if (!found) throw new Error(`missing beside the program: ${candidates[0]}; run npm run build`);
  return found;
}

/** Fonts of the pictures, with their licence. */
export const fontsDir = () => beside('fonts', 'admin/fonts');
export const migrationsDir = () => beside('drizzle', '../drizzle');

/** A file of `deploy/`, for the set-up. */
export const deployFile = (name: string) => beside(join('../deploy', name));

/** The folders of a data directory. */
export const dataPaths = (dataDir: string) => ({
  jobs: join(dataDir, 'jobs'),
  probes: join(dataDir, 'probes'),
  ytdlp: join(dataDir, 'yt-dlp'),
  cache: join(dataDir, 'cache'),
  tools: join(dataDir, 'tools'),
  sandbox: join(dataDir, 'sandbox'),
  cookies: join(dataDir, 'cookies'),
  backups: join(dataDir, 'backups'),
});
