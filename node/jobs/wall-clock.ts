import { steadyNow } from '../clock.ts';

/** The time a job may take, ms: `onEnd` when it is over, later by what it was paused. */
export function wallClock(ms: number, onEnd: () => void) {
  let end = steadyNow() + ms;
  let timer = setTimeout(onEnd, ms);
  return {
    pause(by: number) {
      clearTimeout(timer);
      end += by;
      timer = setTimeout(onEnd, Math.max(0, end - steadyNow()));
    },
    stop: () => clearTimeout(timer),
  };
}
