/** Periodic work: one run at a time, a fault of one run never ends the series. */
import type { Check } from '../health/check.ts';
import { span } from '../health/words.ts';
import type { Log } from '../log.ts';

export interface Service {
  /** For the log and `/health`, e.g. `clean-up`. */
  name: string;
  /** ms since the epoch of the run after `now`. */
  next(now: number): number;
  run(): Promise<void>;
}

export interface Clock {
  now(): number;
  /** Calls back after `ms`; answers how to cancel it. */
  after(ms: number, callback: () => void): () => void;
}

export const realClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};

export interface Running {
  readonly name: string;
  /** ms since the epoch of the last run that went well. */
  readonly lastOkAt: number | undefined;
  /** Why the last run failed; undefined when it went well. */
  readonly trouble: string | undefined;
  readonly nextAt: number;
  /** Waits for a run in progress. */
  stop(): Promise<void>;
}

export function runEvery(service: Service, log: Log, clock: Clock = realClock): Running {
  const state = {
    lastOkAt: undefined as number | undefined,
    trouble: undefined as string | undefined,
    nextAt: 0,
  };
  let cancel = () => {};
  let stopped = false;
  let current = Promise.resolve();

  function schedule(): void {
    if (stopped) return;
    const now = clock.now();
    state.nextAt = service.next(now);
    cancel = clock.after(Math.max(0, state.nextAt - now), () => {
      current = once().then(schedule);
    });
  }

  async function once(): Promise<void> {
    try {
      await service.run();
      state.lastOkAt = clock.now();
      state.trouble = undefined;
    } catch (err) {
      state.trouble = err instanceof Error ? err.message : String(err);
      log.error({ service: service.name, err }, 'a periodic service failed');
    }
  }

  schedule();
  return {
    name: service.name,
    get lastOkAt() {
      return state.lastOkAt;
    },
    get trouble() {
      return state.trouble;
    },
    get nextAt() {
      return state.nextAt;
    },
    async stop() {
      stopped = true;
      cancel();
      await current;
    },
  };
}

/** The same distance between all runs; the first comes after `firstMs`. */
export function everyMs(ms: number, firstMs: number = ms): Service['next'] {
  let first = true;
  return (now) => {
    const wait = first ? firstMs : ms;
    first = false;
    return now + wait;
  };
}

/** One line for all of them; a failed one is a warning until its next good run. */
export function servicesCheck(running: readonly Running[], now: number): Check {
  const facts = { running: running.length, failing: running.filter((one) => one.trouble).length };
  const failing = running.filter((one) => one.trouble !== undefined);
  if (failing.length > 0) {
    const detail = failing.map((one) => `${one.name}: ${one.trouble}`).join('; ');
    const nextStep = 'see the log for "a periodic service failed"';
    const say: Check['say'] = (d) => d.services.failing(failing.map(({ name }) => name));
    return { name: 'services', state: 'warn', detail, say, nextStep, facts };
  }
  const detail = running.map((one) => `${one.name} in ${span(one.nextAt - now)}`).join(', ');
  const next = running.map(({ name, nextAt }) => ({ name, ms: Math.max(0, nextAt - now) }));
  return { name: 'services', state: 'ok', detail, say: (d) => d.services.fine(next), facts };
}
