/** Small named values that survive a restart, parsed by the reader's own schema. */
import { and, eq, lt } from 'drizzle-orm';
import * as v from 'valibot';
import type { Db } from './open.ts';
import { state } from './schema.ts';

type Schema<T> = v.GenericSchema<unknown, T>;

export interface State {
  /** The value, or undefined when it is absent or no longer fits the schema. */
  get<T>(space: string, name: string, schema: Schema<T>): Promise<T | undefined>;
  all<T>(space: string, schema: Schema<T>): Promise<Map<string, T>>;
  set(space: string, name: string, value: unknown, now: number): Promise<void>;
  remove(space: string, name: string): Promise<void>;
  forgetBefore(space: string, time: number): Promise<number>;
}

export function stateStore(db: Db): State {
  return {
    async get(space, name, schema) {
      const row = db
        .select()
        .from(state)
        .where(and(eq(state.space, space), eq(state.name, name)))
        .get();
      const parsed = row && v.safeParse(schema, JSON.parse(row.value));
      return parsed?.success ? parsed.output : undefined;
    },
    async all(space, schema) {
      const rows = db.select().from(state).where(eq(state.space, space)).all();
      const parsed = rows.map(
        (row) => [row.name, v.safeParse(schema, JSON.parse(row.value))] as const,
      );
      return new Map(parsed.flatMap(([name, p]) => (p.success ? [[name, p.output]] : [])));
    },
    async set(space, name, value, now) {
      const fresh = { value: JSON.stringify(value), updatedAt: now };
      db.insert(state)
        .values({ space, name, ...fresh })
        .onConflictDoUpdate({ target: [state.space, state.name], set: fresh })
        .run();
    },
    async remove(space, name) {
      db.delete(state)
        .where(and(eq(state.space, space), eq(state.name, name)))
        .run();
    },
    async forgetBefore(space, time) {
      const old = and(eq(state.space, space), lt(state.updatedAt, time));
      return db.delete(state).where(old).run().changes;
    },
  };
}
