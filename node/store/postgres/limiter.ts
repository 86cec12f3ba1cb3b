/**
 * The rate limits counted in the database, for the edge embedded in each of several nodes: exact,
 * because a lock orders the charges. The arithmetic of `shared/limiter.ts` stands there once more,
 * as a function of the database (`drizzle/postgres/0003_charge.sql`), so that the lock is held for
 * no round trip; one suite holds all limiters against the definition.
 */
import { sql } from 'drizzle-orm';
import {
  type Charge,
  CLAIM_MS,
  PRUNE_EVERY,
  type Verdict,
  WINDOW_MS,
} from '../../../shared/limiter.ts';
import type { OpenedPostgres } from './open.ts';

export interface SharedLimiter {
  /** Rejects when the database cannot be reached; the update is then neither charged nor lost. */
  charge(q: Charge): Promise<Verdict>;
}

/** A power cut of the server may forget the last second's charges: nobody waits for its disk. */
export function pgLimiter({ quick }: Pick<OpenedPostgres, 'quick'>): SharedLimiter {
  return {
    async charge({ updateId, userId, limits, now }) {
      if (limits.user === 0 && limits.global === 0) return { admit: true };
      // How many are kept is no worry of a server: only their age counts.
      const forgetBefore = updateId % PRUNE_EVERY === 0 ? now - CLAIM_MS : null;
      const { rows } = await quick.execute<Made>(
        sql`SELECT retry_at, scope, tell FROM charge_update(
          ${updateId}, ${userId}, ${limits.user}, ${limits.global},
          ${now}, ${WINDOW_MS}, ${forgetBefore})`,
      );
      if (!rows[0]) throw new Error('PostgreSQL answered nothing about the rate limits');
      return verdictOf(rows[0]);
    },
  };
}

interface Made extends Record<string, unknown> {
  /** A bigint, as pg hands it over. */
  retry_at: string | null;
  scope: 'user' | 'all' | null;
  tell: number;
}

const verdictOf = ({ retry_at, scope, tell }: Made): Verdict =>
  retry_at === null
    ? { admit: true }
    : { admit: false, retryAt: Number(retry_at), scope: scope ?? 'all', tell: tell === 1 };
