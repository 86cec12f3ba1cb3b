/**
 * A database that restarts is away for some seconds. What cannot have been done yet waits for it;
 * what may have been done is done again only where doing it twice is the same as once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { steadyNow } from '../../clock.ts';
import { DatabaseAway, isPassing, rootOf } from './unreachable.ts';

/** Shorter than a lease: whoever waited for it still holds its jobs or has been stopped. */
export const PATIENCE_MS = 20_000;
const PAUSE_MS = 200;

/** A deadlock was broken, or the server ended a transaction that stood still for too long. */
const UNDONE = new Set(['40P01', '40001', '25P03']);

const isUndone = (error: unknown) => UNDONE.has(rootOf(error).code ?? '');

async function whileAway<T>(
  work: () => Promise<T>,
  goOn: (error: unknown) => boolean,
  ms: number,
): Promise<T> {
  const until = steadyNow() + ms;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!goOn(error) || steadyNow() > until) throw error;
    }
    await sleep(PAUSE_MS);
  }
}

/** For work that may be done twice: its fence or its key makes the second time change nothing. */
export const again = <T>(work: () => Promise<T>): Promise<T> =>
  whileAway(work, (error) => isPassing(error) || isUndone(error), PATIENCE_MS);

/** A pool whose `connect` waits for a database that restarts: nothing was asked of it yet. */
export function patientPool(config: pg.PoolConfig, ms: () => number): pg.Pool {
  return new PatientPool(config, ms);
}

type Connected = Parameters<pg.Pool['connect']>[0];

class PatientPool extends pg.Pool {
  readonly #ms: () => number;

  constructor(config: pg.PoolConfig, ms: () => number) {
    super(config);
    this.#ms = ms;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  // biome-ignore lint/suspicious/noConfusingVoidType: pg's own two forms
  override connect(callback?: Connected): Promise<pg.PoolClient> | void {
    const once = () => super.connect();
    const goOn = (error: unknown) => isPassing(error) && !this.ending;
    const client = whileAway(once, goOn, this.#ms()).catch((cause) => {
      throw isPassing(cause) ? new DatabaseAway('no connection to PostgreSQL', { cause }) : cause;
    });
    if (!callback) return client;
    client.then(
      (got) => callback(undefined, got, (release) => got.release(release)),
      (error) => callback(error, undefined, () => {}),
    );
  }
}
