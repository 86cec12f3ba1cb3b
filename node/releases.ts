/** Registers how a part is closed. */
export type Opened = (name: string, release: () => unknown) => void;

/**
 * What was opened is closed in the opposite order, also when the start failed half-way: each
 * part pushes its release the moment it exists.
 */
export interface Releases {
  push: Opened;
  /** Runs them all, last in first out; one that fails does not keep the others from running. */
  run(onError: (name: string, error: unknown) => void): Promise<void>;
}

export function createReleases(): Releases {
  const stack: { name: string; release: () => unknown }[] = [];
  return {
    push(name, release) {
      stack.push({ name, release });
    },
    async run(onError) {
      for (let next = stack.pop(); next; next = stack.pop()) {
        try {
          await next.release();
        } catch (error) {
          onError(next.name, error);
        }
      }
    },
  };
}
