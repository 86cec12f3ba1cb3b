/** Runs a duty while this node has its turn. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { Duty } from '../cluster.ts';
import type { Leases } from './leases.ts';

export interface DutiesParts {
  leases: Pick<Leases, 'take' | 'holds' | 'release'>;
  /** A draining node gives its duties away. */
  draining(): boolean;
  /** How often it is tried, and how soon a lost lease is noticed, ms. */
  everyMs: number;
  log: Log;
}

export interface Duties {
  add(name: string, run: Duty): void;
  close(): Promise<void>;
}

export function duties({ leases, draining, everyMs, log }: DutiesParts): Duties {
  const stopping = new AbortController();
  const loops: Promise<void>[] = [];
  const pause = () =>
    delay(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {
      // Woken by the end.
    });

  async function turn(name: string, run: Duty): Promise<void> {
    const lost = new AbortController();
    const watch = setInterval(() => {
      if (draining() || !leases.holds(name)) lost.abort();
    }, everyMs / 4).unref();
    log.info({ duty: name }, 'this node does it for all from now on');
    try {
      await run(AbortSignal.any([lost.signal, stopping.signal]));
    } finally {
      clearInterval(watch);
      await leases.release(name);
    }
  }

  async function loop(name: string, run: Duty): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (!draining() && (await leases.take(name))) await turn(name, run);
      } catch (err) {
        log.warn({ duty: name, err }, 'a duty broke off; another turn will come');
      }
      await pause();
    }
  }

  return {
    add: (name, run) => void loops.push(loop(name, run)),
    async close() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
