/** Waits until something holds in the emulated world, looking again at every change. */
import type { EventEmitter } from 'node:events';

/**
 * Resolves with the first truthy value of `look`.
 * @param ms how long to wait before rejecting with `describe()` in the message
 */
export function waitFor<T>(
  events: EventEmitter,
  look: () => T | undefined | null | false | 0 | '',
  ms: number,
  describe: () => string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      for (const name of ['change', 'call', 'called']) events.off(name, check);
    };
    const check = () => {
      try {
        const value = look();
        if (!value) return;
        stop();
        resolve(value);
      } catch (cause) {
        stop();
        reject(cause);
      }
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`nothing of the kind within ${ms} ms\n${describe()}`));
    }, ms);
    for (const name of ['change', 'call', 'called']) events.on(name, check);
    check();
  });
}
