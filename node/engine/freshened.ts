import { stat } from 'node:fs/promises';
import type { Engine } from './engine.ts';
import type { WarmEngine } from './warm.ts';

const LOOK_EVERY_MS = 60_000;

/**
 * Starts the fork server anew when yt-dlp was updated in place: half of the old one would be in
 * memory, half of the new one on disk. What runs goes on.
 * @param bin the file whose change tells of it
 */
export async function freshened(
  engine: Engine,
  warm: Pick<WarmEngine, 'recycle'>,
  bin: string,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<Engine> {
  const modified = () => stat(bin).then((found) => found.mtimeMs);
  let known = await modified();
  const look = async () => {
    // Missing for a moment while it is replaced: the next look decides.
    const now = await modified().catch(() => known);
    if (now !== known) warm.recycle('yt-dlp was updated');
    known = now;
  };
  const looking = setInterval(look, lookEveryMs).unref();
  return {
    ...engine,
    close() {
      clearInterval(looking);
      return engine.close();
    },
  };
}
