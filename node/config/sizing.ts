/** How much runs at once, from what the machine has. */

const GB = 1024 ** 3;

export interface Size {
  downloads: number;
  workers: number;
}

const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value));

/**
 * 2 cores and 2 GB give 8 and 16, 8 cores and 8 GB give 32 and 64: four downloads per core or
 * per GB, whichever is scarcer, because a download costs about 55 MB when each has a Python of
 * its own and a third of a core while it starts. A small margin keeps a "2 GB" server that
 * reports 1.9 at 8.
 */
export function sizeFor(cores: number, memory: number): Size {
  const units = Math.min(cores, Math.round(memory / GB));
  const downloads = clamp(units * 4, 8, 32);
  return { downloads, workers: downloads * 2 };
}
