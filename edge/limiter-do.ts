/**
 * The limiter as a Durable Object: one object holds the figures of every Worker instance, and
 * because it runs one call at a time and its SQLite is synchronous, the limits are exact.
 * Cloudflare's rate limiting binding and KV were left out: both count per location and late
 * (https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit).
 */
import { DurableObject, type DurableObjectState, type SqlStorage } from 'cloudflare:workers';
import {
  type Charge,
  type Claim,
  charge,
  type LimiterState,
  type Verdict,
} from '../shared/limiter.ts';
import type { Limiter } from './limiter.ts';

/**
 * One row per update, so that a refused one costs a single write. The index of charges holds
 * only admitted rows: looking through a window reads as many rows as were admitted in it, and
 * those of one person only where it is about their own limit.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS claim (
    update_id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    retry_at INTEGER,
    scope TEXT,
    tell INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX IF NOT EXISTS charged ON claim (at, user_id) WHERE retry_at IS NULL;
  CREATE INDEX IF NOT EXISTS charged_by ON claim (user_id, at) WHERE retry_at IS NULL;
  CREATE INDEX IF NOT EXISTS told ON claim (user_id, retry_at) WHERE tell = 1;
`;

/** Its state is in SQLite alone, so an eviction between two calls changes nothing. */
export class RateLimiterDO extends DurableObject {
  readonly #state: LimiterState;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
    this.#state = sqlState(ctx.storage.sql);
  }

  charge(q: Charge): Verdict {
    return charge(this.#state, q);
  }
}

/** Every caller reaches the same object: limits for all need one place that counts. */
export function durableLimiter(namespace: {
  getByName(name: string): { charge(q: Charge): Promise<Verdict> };
}): Limiter {
  // A stub is made per call: one that broke once stays broken.
  return { charge: (q) => namespace.getByName('limits').charge(q) };
}

type Row = { retry_at: number | null; scope: 'user' | 'all'; tell: number };

function sqlState(sql: SqlStorage): LimiterState {
  return {
    verdictOf(updateId) {
      const [row] = sql
        .exec<Row>('SELECT retry_at, scope, tell FROM claim WHERE update_id = ?', updateId)
        .toArray();
      return row && verdictOf(row);
    },
    keep: (claim) => keep(sql, claim),
    nthNewest({ n, userId, after, before }) {
      const mine = userId === undefined ? '' : 'AND user_id = ?';
      const [row] = sql
        .exec<{ at: number }>(
          `SELECT at FROM claim WHERE retry_at IS NULL AND at > ? AND at < ? ${mine}
           ORDER BY at DESC LIMIT 1 OFFSET ?`,
          ...[after, before, ...(userId === undefined ? [] : [userId]), n - 1],
        )
        .toArray();
      return row?.at;
    },
    wasTold: ({ userId, after, before }) =>
      sql
        .exec(
          'SELECT 1 FROM claim WHERE tell = 1 AND user_id = ? AND retry_at > ? AND retry_at < ? LIMIT 1',
          ...[userId, after, before],
        )
        .toArray().length > 0,
    drop: (q) => drop(sql, q),
  };
}

const verdictOf = ({ retry_at: retryAt, scope, tell }: Row): Verdict =>
  retryAt === null ? { admit: true } : { admit: false, retryAt, scope, tell: tell === 1 };

function keep(sql: SqlStorage, { updateId, userId, at, verdict }: Claim): void {
  const refusal = verdict.admit
    ? [null, null, 0]
    : [verdict.retryAt, verdict.scope, verdict.tell ? 1 : 0];
  sql.exec('INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?)', updateId, userId, at, ...refusal);
}

function drop(sql: SqlStorage, { before, most }: { before: number; most: number }): void {
  sql.exec('DELETE FROM claim WHERE at < ?', before);
  sql.exec(
    `DELETE FROM claim WHERE update_id IN
       (SELECT update_id FROM claim ORDER BY at DESC LIMIT -1 OFFSET ?)`,
    most,
  );
}
