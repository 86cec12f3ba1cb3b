/**
 * One clock for all nodes. What one writes ("not before", "created at") another compares with its
 * own time: a machine whose clock is an hour fast would start every pause of the others at once,
 * and its own pauses would last an hour for them. The database's clock is the one they share.
 */
import type pg from 'pg';

export interface SharedClock {
  /** ms since the epoch: the machine's clock, set right by the database's where they differ. */
  now(): number;
  /** Looks at both clocks again. Rejects when the database cannot be asked. */
  compare(): Promise<void>;
}

export interface SharedClockParts {
  /** The database's time, ms since the epoch. */
  ask(): Promise<number>;
  /** The machine's clock is so many ms ahead of the database's; 0 when it is right again. */
  onApart(aheadMs: number): void;
  wall?: () => number;
}

/** What nobody notices: a difference of a second moves a pause of half a minute by a second. */
const TOLERATED_MS = 1_000;

export function sharedClock({ ask, onApart, wall = Date.now }: SharedClockParts): SharedClock {
  let ahead = 0;
  return {
    now: () => wall() - ahead,
    async compare() {
      const before = wall();
      const theirs = await ask();
      const after = wall();
      const found = (before + after) / 2 - theirs;
      // The answer was made at some moment between: a slow one tells less.
      const next = Math.abs(found) > TOLERATED_MS + (after - before) / 2 ? Math.round(found) : 0;
      if (Math.abs(next - ahead) > TOLERATED_MS) onApart(next);
      ahead = next;
    },
  };
}

const NOW = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';

export const databaseTime = (pool: pg.Pool) => async (): Promise<number> => {
  const { rows } = await pool.query<{ now: number }>(NOW);
  return rows[0]?.now ?? Date.now();
};
