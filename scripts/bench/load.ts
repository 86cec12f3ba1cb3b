/** A number of people who each ask, wait for the file, and ask again. */

export interface Load {
  /** ms from message to delivery, in ascending order. */
  latencies: number[];
  /** Why jobs failed. */
  failures: string[];
  /** Seconds. */
  wall: number;
}

/**
 * @param ask does one job and answers its ms; numbers of jobs never repeat
 * @param onDone called after each job with how many are done
 */
export async function closedLoop(
  people: number,
  jobs: number,
  ask: () => Promise<number>,
  onDone: (done: number) => void = () => {},
): Promise<Load> {
  const latencies: number[] = [];
  const failures: string[] = [];
  let left = jobs;
  const from = performance.now();
  async function person(): Promise<void> {
    while (left > 0) {
      left -= 1;
      await ask().then(
        (ms) => latencies.push(ms),
        (cause: Error) => failures.push(cause.message),
      );
      onDone(latencies.length + failures.length);
    }
  }
  await Promise.all(Array.from({ length: Math.min(people, jobs) }, person));
  const wall = (performance.now() - from) / 1000;
  return { latencies: latencies.sort((a, b) => a - b), failures, wall };
}

/** The value that a share of all values does not exceed (nearest rank). */
export function percentile(ascending: readonly number[], share: number): number {
  const at = Math.max(0, Math.ceil(share * ascending.length) - 1);
  return ascending[at] ?? Number.NaN;
}
