/** One change of the yt-dlp in use at a time on this node, whoever asks for it. */
export interface Turns {
  readonly busy: boolean;
  /** Resolves when what is being done for the sake of the other nodes is done. */
  readonly caughtUp: Promise<void>;
  alone<T>(change: () => Promise<T>): Promise<T>;
  /** As `alone`, for a change of the other nodes: what comes meanwhile waits for its end. */
  catchUp(change: () => Promise<void>): Promise<void>;
  /** Resolves with the change that is under way. @throws what it throws */
  ended(): Promise<void>;
}

export function createTurns(): Turns {
  let busy: Promise<unknown> | undefined;
  let caughtUp: Promise<void> = Promise.resolve();

  function alone<T>(change: () => Promise<T>): Promise<T> {
    const changing = change().finally(() => {
      busy = undefined;
    });
    busy = changing;
    return changing;
  }

  return {
    get busy() {
      return busy !== undefined;
    },
    get caughtUp() {
      return caughtUp;
    },
    alone,
    catchUp(change) {
      const run = alone(change);
      caughtUp = run.catch(() => {
        // Told to whoever began it.
      });
      return run;
    },
    async ended() {
      await busy;
    },
  };
}
