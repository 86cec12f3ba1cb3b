/** The limiter port, and the limiter that lives in memory: for an edge embedded in the node. */
import {
  type Charge,
  type Claim,
  charge,
  type LimiterState,
  type Verdict,
  WINDOW_MS,
} from '../shared/limiter.ts';

export interface Limiter {
  /** Rejects when the figures cannot be reached; the update is then neither charged nor lost. */
  charge(q: Charge): Promise<Verdict>;
}

/** A restart forgets its figures: at worst a full minute's budget is granted twice. */
export function memoryLimiter(state: LimiterState = memoryState()): Limiter {
  return { charge: async (q) => charge(state, q) };
}

interface Kept {
  /** By update id, in the order they were made. */
  claims: Map<number, Claim>;
  /** Admitting claims in the order they were made; only the last windows of them. */
  charges: Claim[];
  /** Until when each user was told to wait. */
  told: Map<number, number>;
}

export function memoryState(): LimiterState {
  const kept: Kept = { claims: new Map(), charges: [], told: new Map() };
  return {
    verdictOf: (updateId) => kept.claims.get(updateId)?.verdict,
    keep: (claim) => keep(kept, claim),
    nthNewest: ({ n, userId, after, before }) =>
      kept.charges
        .filter((c) => c.at > after && c.at < before)
        .filter((c) => userId === undefined || c.userId === userId)
        .map((c) => c.at)
        .sort((a, b) => b - a)[n - 1],
    wasTold: ({ userId, after, before }) => {
      const until = kept.told.get(userId) ?? after;
      return until > after && until < before;
    },
    drop: (q) => drop(kept, q),
  };
}

function keep(kept: Kept, claim: Claim): void {
  const { verdict, at } = claim;
  kept.claims.set(claim.updateId, claim);
  if (!verdict.admit) {
    if (verdict.tell) kept.told.set(claim.userId, verdict.retryAt);
    return;
  }
  kept.charges.push(claim);
  // Two windows, because a caller's clock may lie behind that of the charge before.
  kept.charges = kept.charges.filter((c) => Math.abs(c.at - at) < 2 * WINDOW_MS);
}

function drop({ claims, told }: Kept, { before, most }: { before: number; most: number }): void {
  for (const [id, claim] of claims) {
    if (claim.at >= before && claims.size <= most) break;
    claims.delete(id);
  }
  for (const [userId, until] of told) {
    if (until < before || told.size > most) told.delete(userId);
  }
}
