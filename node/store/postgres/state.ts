/** Small named values on PostgreSQL; what each method promises stands in `../state.ts`. */
import { and, eq, lt } from 'drizzle-orm';
import { readState, readStates, type State } from '../state.ts';
import type { PgDb } from './open.ts';
import { state } from './schema.ts';

export function pgStateStore(db: PgDb): State {
  const named = (space: string, name: string) => and(eq(state.space, space), eq(state.name, name));
  return {
    async get(space, name, schema) {
      const [row] = await db.select().from(state).where(named(space, name));
      return row && readState(row.value, schema);
    },
    async all(space, schema) {
      return readStates(await db.select().from(state).where(eq(state.space, space)), schema);
    },
    async set(space, name, value, now) {
      const fresh = { value: JSON.stringify(value), updatedAt: now };
      await db
        .insert(state)
        .values({ space, name, ...fresh })
        .onConflictDoUpdate({ target: [state.space, state.name], set: fresh });
    },
    async remove(space, name) {
      await db.delete(state).where(named(space, name));
    },
    async forgetBefore(space, time) {
      const old = and(eq(state.space, space), lt(state.updatedAt, time));
      return (await db.delete(state).where(old)).rowCount ?? 0;
    },
  };
}
