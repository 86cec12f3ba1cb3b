/**
 * The rate limits counted in the database, for the edge embedded in each of several nodes: exact,
 * because a lock orders the charges. With a limit for all together there is one lock, without it
 * one for each person.
 */
import { and, eq, gt, isNull, lt, type SQL, sql } from 'drizzle-orm';
import {
  type Charge,
  type Claim,
  charge,
  type LimiterState,
  type Verdict,
  WINDOW_MS,
} from '../../../shared/limiter.ts';
import type { OpenedPostgres, PgRunner } from './open.ts';
import { charges } from './schema.ts';

/** Any numbers that all nodes agree on. */
const ALL = 7_076_810;
const ONE = 7_076_811;

export interface SharedLimiter {
  /** Rejects when the database cannot be reached; the update is then neither charged nor lost. */
  charge(q: Charge): Promise<Verdict>;
}

/** A power cut of the server may forget the last second's charges: nobody waits for its disk. */
export function pgLimiter({ quick }: Pick<OpenedPostgres, 'quick'>): SharedLimiter {
  return {
    async charge(q) {
      if (q.limits.user === 0 && q.limits.global === 0) return { admit: true };
      return quick.transaction(async (tx) => {
        await tx.execute(lockFor(q));
        // Read only now: a statement sees what was committed before it began.
        return judged(tx, q);
      });
    },
  };
}

const lockFor = ({ limits, userId }: Charge): SQL =>
  limits.global > 0
    ? sql`SELECT pg_advisory_xact_lock(${ALL}::bigint)`
    : sql`SELECT pg_advisory_xact_lock_shared(${ALL}::bigint),
          pg_advisory_xact_lock(${ONE}::int, hashtext(${String(userId)}))`;

interface Known extends Record<string, unknown> {
  decided: { retry_at: number | null; scope: 'user' | 'all' | null; tell: number } | null;
  own: string | null;
  common: string | null;
  told: boolean;
}

/** Every figure the arithmetic may ask for in one round trip; then it runs as everywhere else. */
async function judged(tx: PgRunner, q: Charge): Promise<Verdict> {
  const { rows } = await tx.execute<Known>(figuresFor(q));
  const known = rows[0];
  if (!known) throw new Error('PostgreSQL answered nothing about the rate limits');
  const kept: Claim[] = [];
  const dropped: number[] = [];
  const verdict = charge(stateOf(known, kept, dropped), q);
  for (const claim of kept) await keep(tx, claim);
  for (const before of dropped) await tx.delete(charges).where(lt(charges.at, before));
  return verdict;
}

function figuresFor({ updateId, userId, limits, now }: Charge): SQL {
  const near = and(
    ...[isNull(charges.retryAt), gt(charges.at, now - WINDOW_MS), lt(charges.at, now + WINDOW_MS)],
  );
  const nth = (n: number, whose: SQL | undefined) =>
    n === 0
      ? sql`NULL`
      : sql`(SELECT at FROM charges WHERE ${whose} ORDER BY at DESC LIMIT 1 OFFSET ${n - 1})`;
  const told = and(
    ...[eq(charges.tell, 1), eq(charges.userId, userId)],
    ...[gt(charges.retryAt, now), lt(charges.retryAt, now + 2 * WINDOW_MS)],
  );
  return sql`SELECT
    (SELECT json_build_object('retry_at', retry_at, 'scope', scope, 'tell', tell)
       FROM charges WHERE update_id = ${updateId}) AS decided,
    ${nth(limits.user, and(near, eq(charges.userId, userId)))} AS own,
    ${nth(limits.global, near)} AS common,
    EXISTS (SELECT 1 FROM charges WHERE ${told}) AS told`;
}

/** Answers from what was read; what is to be written is collected. */
function stateOf(known: Known, kept: Claim[], dropped: number[]): LimiterState {
  const time = (at: string | null) => (at === null ? undefined : Number(at));
  return {
    verdictOf: () => (known.decided ? verdictOf(known.decided) : undefined),
    nthNewest: ({ userId }) => time(userId === undefined ? known.common : known.own),
    wasTold: () => known.told,
    keep: (claim) => void kept.push(claim),
    // How many are kept is no worry of a server: only their age counts.
    drop: ({ before }) => void dropped.push(before),
  };
}

const verdictOf = ({ retry_at, scope, tell }: NonNullable<Known['decided']>): Verdict =>
  retry_at === null
    ? { admit: true }
    : { admit: false, retryAt: retry_at, scope: scope ?? 'all', tell: tell === 1 };

async function keep(tx: PgRunner, { updateId, userId, at, verdict }: Claim): Promise<void> {
  const { retryAt, scope, tell } = verdict.admit
    ? { retryAt: null, scope: null, tell: false }
    : verdict;
  await tx.insert(charges).values({ updateId, userId, at, retryAt, scope, tell: tell ? 1 : 0 });
}
