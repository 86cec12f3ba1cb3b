/** How the Bot API has answered lately. */
import type { ApiCallSeen, Observer } from './observer.ts';

export interface TelegramSeen {
  /** ms since the epoch of the last answer that was not an outage; undefined before the first. */
  lastOkAt: number | undefined;
  /** Calls in a row that met an outage. */
  failures: number;
  lastFailure: { outcome: ApiCallSeen['outcome']; method: string; at: number } | undefined;
}

/** Outcomes that say something about Telegram and the way there; a refusal is an answer. */
const OUTAGE = new Set(['unauthorized', 'conflict', 'server', 'unreachable', 'no_answer']);

export function telegramWatch(now: () => number = Date.now) {
  const seen: TelegramSeen = { lastOkAt: undefined, failures: 0, lastFailure: undefined };
  const observer: Pick<Observer, 'apiCall'> = {
    apiCall({ method, outcome }) {
      if (outcome === 'aborted') return;
      if (!OUTAGE.has(outcome)) {
        seen.lastOkAt = now();
        seen.failures = 0;
        return;
      }
      seen.failures += 1;
      seen.lastFailure = { outcome, method, at: now() };
    },
  };
  return { observer, seen: seen as Readonly<TelegramSeen> };
}

export type TelegramWatch = ReturnType<typeof telegramWatch>;
