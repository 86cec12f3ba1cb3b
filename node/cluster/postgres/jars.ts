/** The jars of all nodes as rows. */
import { eq, sql } from 'drizzle-orm';
import type { SharedJars } from '../../cookies/shared-jars.ts';
import type { PgDb } from '../../store/postgres/open.ts';
import { jars } from '../../store/postgres/schema.ts';
import type { Cluster } from '../cluster.ts';
import { DB_NOW } from './clock.ts';

export function pgJars(db: PgDb, cluster: Pick<Cluster, 'publish'>): SharedJars {
  const named = (name: string) => eq(jars.name, name);
  return {
    async versions() {
      const rows = await db.select({ name: jars.name, version: jars.version }).from(jars);
      return new Map(rows.map(({ name, version }) => [name, version]));
    },
    async read(name) {
      const [row] = await db.select().from(jars).where(named(name));
      return row && { text: row.text, version: row.version };
    },
    update: (name, change) =>
      db.transaction(async (tx) => {
        // Also where there is no row to lock yet.
        await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext(${`jar ${name}`}))`);
        const [row] = await tx.select().from(jars).where(named(name));
        const text = change(row?.text);
        if (text === undefined) return undefined;
        // A jar that was removed and came back must not look like the one before.
        const version = sql<number>`greatest(${row?.version ?? 0}::bigint + 1, ${DB_NOW})`;
        const next = { text, version, updatedAt: DB_NOW };
        const [written] = await tx
          .insert(jars)
          .values({ name, ...next })
          .onConflictDoUpdate({ target: jars.name, set: next })
          .returning();
        return written && { text: written.text, version: written.version };
      }),
    async remove(name) {
      await db.delete(jars).where(named(name));
    },
    announce: () => cluster.publish({ kind: 'jars' }),
  };
}
