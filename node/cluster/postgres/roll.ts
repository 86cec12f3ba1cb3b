/** The list of nodes: one row each, renewed by its heartbeat. */
import { and, asc, eq, lt, sql } from 'drizzle-orm';
import type { PgDb } from '../../store/postgres/open.ts';
import { nodes } from '../../store/postgres/schema.ts';
import type { NodeView } from '../cluster.ts';
import { type NodeFacts, readFacts } from '../facts.ts';
import { DB_NOW } from './clock.ts';

export interface Roll {
  /**
   * Puts this start in the place of earlier ones of the same node: from then on a boot id that
   * has no row here is one that is surely gone.
   */
  enter(facts: NodeFacts): Promise<void>;
  /** `replaced`: another process goes by this node's name. */
  beat(facts: NodeFacts): Promise<{ draining: boolean; replaced: boolean }>;
  list(): Promise<NodeView[]>;
  setDraining(nodeId: string, on: boolean): Promise<boolean>;
  leave(): Promise<void>;
}

export interface RollParts {
  db: PgDb;
  nodeId: string;
  bootId: string;
  /** A node that was not seen for so long is gone, ms. */
  aliveMs: number;
}

const WEEK_MS = 7 * 24 * 3_600_000;

export function pgRoll({ db, nodeId, bootId, aliveMs }: RollParts): Roll {
  const here = eq(nodes.id, nodeId);
  const mine = and(here, eq(nodes.bootId, bootId));
  const row = (facts: NodeFacts) => ({
    ...{ bootId, startedAt: DB_NOW, seenAt: DB_NOW, draining: 0 },
    facts: JSON.stringify(facts),
  });
  return {
    async enter(facts) {
      const fresh = row(facts);
      await db
        .insert(nodes)
        .values({ id: nodeId, ...fresh })
        .onConflictDoUpdate({ target: nodes.id, set: fresh });
      await db.delete(nodes).where(lt(nodes.seenAt, sql`${DB_NOW} - ${WEEK_MS}`));
    },
    async beat(facts) {
      const seen = { seenAt: DB_NOW, facts: JSON.stringify(facts) };
      const [kept] = await db
        .update(nodes)
        .set(seen)
        .where(mine)
        .returning({ draining: nodes.draining });
      if (kept) return { draining: kept.draining === 1, replaced: false };
      // Tidied away while this node was cut off, or taken by another process.
      const [back] = await db
        .insert(nodes)
        .values({ id: nodeId, ...row(facts) })
        .onConflictDoNothing()
        .returning({ id: nodes.id });
      return { draining: false, replaced: back === undefined };
    },
    async list() {
      const alive = sql<boolean>`${nodes.seenAt} > ${DB_NOW} - ${aliveMs}`;
      const rows = await db.select({ row: nodes, alive }).from(nodes).orderBy(asc(nodes.id));
      return rows.map(({ row: { facts, draining, ...node }, alive: lives }) => ({
        ...node,
        alive: lives,
        draining: draining === 1,
        here: node.id === nodeId,
        facts: readFacts(facts),
      }));
    },
    async setDraining(id, on) {
      const changed = await db
        .update(nodes)
        .set({ draining: on ? 1 : 0 })
        .where(eq(nodes.id, id))
        .returning({ id: nodes.id });
      return changed.length === 1;
    },
    async leave() {
      await db.delete(nodes).where(mine);
    },
  };
}
