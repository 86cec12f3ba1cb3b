/**
 * The arithmetic of the rate limits: an exact sliding window, shared by the limiter in memory
 * and the one in a Durable Object. Only where the figures are kept differs (`LimiterState`).
 *
 * A charge made at `t` counts during `[t, t + 60 s)`, so no window of 60 s anywhere on the clock
 * ever holds more than the limit. Fixed windows were left out because they let twice the limit
 * through around their edge, and token buckets because they cannot name a moment to come back.
 *
 * The user's own limit is asked first and a refused request is not charged: a person who sends
 * a hundred links uses ten of the common budget and not one more.
 */

export const WINDOW_MS = 60_000;

/**
 * How long a verdict is remembered. Telegram keeps a message for 24 h and sends it again until
 * it is answered with 2xx, so a verdict forgotten earlier could charge one message twice.
 */
export const CLAIM_MS = 25 * 60 * 60 * 1000;

/** More verdicts than this are not kept, oldest first; 25 a minute make 37,500 in 25 h. */
export const MAX_CLAIMS = 100_000;

/** Old verdicts are looked for at each update whose id is a multiple of this. */
export const PRUNE_EVERY = 1000;

/** Requests per 60 s; 0 = off. */
export interface Limits {
  user: number;
  global: number;
}

export interface Charge {
  updateId: number;
  userId: number;
  limits: Limits;
  /** ms since the epoch. */
  now: number;
}

/** `retryAt` in ms since the epoch; `tell`: this refusal is the one the person hears about. */
export type Verdict =
  | { admit: true }
  | { admit: false; retryAt: number; scope: 'user' | 'all'; tell: boolean };

export interface Claim {
  updateId: number;
  userId: number;
  at: number;
  verdict: Verdict;
}

/** What has to be remembered. Every method is synchronous: a charge may not interleave. */
export interface LimiterState {
  /** The verdict given to this update before. */
  verdictOf(updateId: number): Verdict | undefined;
  /** Keeps a verdict; an admitting one is also a charge at `claim.at`. */
  keep(claim: Claim): void;
  /**
   * When the `n`th newest charge with `after < at < before` was made, of one user or of all;
   * undefined when there are fewer.
   */
  nthNewest(q: { n: number; userId?: number; after: number; before: number }): number | undefined;
  /** Whether the user was told to wait until some moment with `after < retryAt < before`. */
  wasTold(q: { userId: number; after: number; before: number }): boolean;
  /** Drops verdicts made before `before`, and the oldest above `most`. */
  drop(q: { before: number; most: number }): void;
}

/**
 * Admits or refuses one update. The same update id gets the verdict it got before and is not
 * charged again: Telegram sends an update again after a 503, and what was admitted then must
 * pass, however full the window is now.
 */
export function charge(state: LimiterState, q: Charge): Verdict {
  const before = state.verdictOf(q.updateId);
  if (before) return before;
  const verdict = judge(state, q);
  state.keep({ updateId: q.updateId, userId: q.userId, at: q.now, verdict });
  if (q.updateId % PRUNE_EVERY === 0) {
    state.drop({ before: q.now - CLAIM_MS, most: MAX_CLAIMS });
  }
  return verdict;
}

function judge(state: LimiterState, { userId, limits, now }: Charge): Verdict {
  const own = freeAt(state, limits.user, now, userId);
  const common = own === undefined ? freeAt(state, limits.global, now) : undefined;
  const retryAt = own ?? common;
  if (retryAt === undefined) return { admit: true };
  // A told moment further away than any refusal can lie comes from a clock that was set back.
  const told = state.wasTold({ userId, after: now, before: now + 2 * WINDOW_MS });
  return { admit: false, retryAt, scope: own === undefined ? 'all' : 'user', tell: !told };
}

/**
 * When the window has room again, or undefined when it has now.
 *
 * Charges ahead of `now` count too: callers' clocks differ by some ms, and a charge less than
 * one window ahead does share a window with this one. One further ahead never does, so a clock
 * that ran an hour fast and was set right cannot lock anybody out.
 */
function freeAt(
  state: LimiterState,
  limit: number,
  now: number,
  userId?: number,
): number | undefined {
  if (limit === 0) return undefined;
  const after = now - WINDOW_MS;
  const whose = userId === undefined ? {} : { userId };
  const blocking = state.nthNewest({ n: limit, ...whose, after, before: now + WINDOW_MS });
  return blocking === undefined ? undefined : blocking + WINDOW_MS;
}
