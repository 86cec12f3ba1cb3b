/**
 * Writes that wait for the disk, made together: what comes while a commit is under way goes into
 * the next one. Under load a hundred callers then wait for one disk write, not for a hundred.
 */

export interface TogetherParts<In, Out> {
  /** Writes all of them in one commit; answers in their order. */
  write(items: readonly In[]): Promise<readonly Out[]>;
  /** In one commit at most. */
  most: number;
  /** After such a failure each is tried alone: one that cannot be written must not fail others. */
  mayBeOfOne(error: unknown): boolean;
}

interface Waiting<In, Out> {
  item: In;
  resolve(result: Out): void;
  reject(error: unknown): void;
}

/** Answers a function that writes one item along with whatever else is to be written just then. */
export function together<In, Out>(parts: TogetherParts<In, Out>): (item: In) => Promise<Out> {
  const { write, most, mayBeOfOne } = parts;
  let waiting: Waiting<In, Out>[] = [];
  let writing = false;

  async function writeAll(batch: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const results = await write(batch.map(({ item }) => item));
      for (const [at, { resolve }] of batch.entries()) resolve(results[at] as Out);
    } catch (error) {
      if (batch.length > 1 && mayBeOfOne(error)) for (const one of batch) await writeAll([one]);
      else for (const { reject } of batch) reject(error);
    }
  }

  async function run(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most);
      waiting = waiting.slice(most);
      await writeAll(batch);
    }
    writing = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!writing) void run();
    });
}
