/**
 * Who does what has to happen once. A lease is the holder's until the database's clock says
 * otherwise; the holder itself counts from before it asked, so it stops in time when it is cut
 * off from the database.
 */
import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import { steadyNow } from '../../clock.ts';
import type { PgDb } from '../../store/postgres/open.ts';
import { leases } from '../../store/postgres/schema.ts';
import { DB_NOW } from './clock.ts';

export interface Leases {
  take(name: string): Promise<boolean>;
  holds(name: string): boolean;
  release(name: string): Promise<void>;
  /** Keeps all that are held. */
  renew(): Promise<void>;
  releaseAll(): Promise<void>;
}

export interface LeasesParts {
  db: PgDb;
  bootId: string;
  ttlMs: number;
  now?: () => number;
}

/** What is left of a lease when its holder stops by itself, as a share. */
const MARGIN = 0.2;

export function pgLeases({ db, bootId, ttlMs, now = steadyNow }: LeasesParts): Leases {
  /** Until when each is surely held, by the steady clock. */
  const held = new Map<string, number>();
  const until = sql<number>`${DB_NOW} + ${ttlMs}`;
  const deadline = (asked: number) => asked + ttlMs * (1 - MARGIN);
  const mine = eq(leases.bootId, bootId);

  return {
    async take(name) {
      const asked = now();
      const free = sql`${leases.bootId} = ${bootId} OR ${leases.until} <= ${DB_NOW}`;
      const [got] = await db
        .insert(leases)
        .values({ name, bootId, until })
        .onConflictDoUpdate({ target: leases.name, set: { bootId, until }, setWhere: free })
        .returning({ name: leases.name });
      if (got) held.set(name, deadline(asked));
      else held.delete(name);
      return got !== undefined;
    },
    holds: (name) => (held.get(name) ?? 0) > now(),
    async release(name) {
      held.delete(name);
      await db.delete(leases).where(and(eq(leases.name, name), mine));
    },
    async renew() {
      if (held.size === 0) return;
      const asked = now();
      const wanted = [...held.keys()];
      const kept = await db
        .update(leases)
        .set({ until })
        .where(and(mine, inArray(leases.name, wanted), gt(leases.until, DB_NOW)))
        .returning({ name: leases.name });
      const names = new Set(kept.map(({ name }) => name));
      for (const name of wanted) {
        // Released while the answer was on its way: it stays released.
        if (!held.has(name)) continue;
        if (names.has(name)) held.set(name, deadline(asked));
        else held.delete(name);
      }
    },
    async releaseAll() {
      held.clear();
      await db.delete(leases).where(mine);
    },
  };
}
