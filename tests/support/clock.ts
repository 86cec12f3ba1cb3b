/** A clock that moves only when told to: months of periodic work pass in seconds. */
import type { Clock } from '../../node/services/every.ts';

interface Timer {
  at: number;
  callback: () => void;
}

export function fakeClock(start = Date.UTC(2026, 9, 1)) {
  let time = start;
  const timers = new Set<Timer>();
  const clock: Clock = {
    now: () => time,
    after(ms, callback) {
      const timer = { at: time + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const due = (until: number) =>
    [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  return {
    clock,
    /** How many callbacks wait. */
    waiting: () => timers.size,
    /** Passes that much time; `settled` lets what each callback started come to rest. */
    async pass(ms: number, settled: () => Promise<unknown>) {
      const until = time + ms;
      for (let next = due(until); next; next = due(until)) {
        timers.delete(next);
        time = Math.max(time, next.at);
        next.callback();
        await settled();
      }
      time = until;
    },
  };
}
