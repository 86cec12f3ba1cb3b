/** Small named values that survive a restart, parsed by the reader's own schema. */
import { and, eq, lt } from 'drizzle-orm';
import * as v from 'valibot';
import type { Db } from './open.ts';
import { state } from './schema.ts';

export type Schema<T> = v.GenericSchema<unknown, T>;

export interface State {
  /** The value, or undefined when it is absent or no longer fits the schema. */
  get<T>(space: string, name: string, schema: Schema<T>): Promise<T | undefined>;
  all<T>(space: string, schema: Schema<T>): Promise<Map<string, T>>;
  set(space: string, name: string, value: unknown, now: number): Promise<void>;
  remove(space: string, name: string): Promise<void>;
  forgetBefore(space: string, time: number): Promise<number>;
}

/** Undefined when the text no longer fits the reader's schema. */
export function readState<T>(value: string, schema: Schema<T>): T | undefined {
  const parsed = v.safeParse(schema, JSON.parse(value));
  return parsed.success ? parsed.output : undefined;
}

/** The rows that fit, by name. */
export const readStates = <T>(
  rows: readonly { name: string; value: string }[],
  schema: Schema<T>,
): Map<string, T> =>
  new Map(
    rows.flatMap(({ name, value }) => {
      const known = readState(value, schema);
      return known === undefined ? [] : [[name, known] as const];
    }),
  );

export function stateStore(db: Db): State {
  return {
    async get(space, name, schema) {
      const row = db
        .select()
        .from(state)
        .where(and(eq(state.space, space), eq(state.name, name)))
        .get();
      return row && readState(row.value, schema);
    },
    async all(space, schema) {
      const rows = db.select().from(state).where(eq(state.space, space)).all();
      return readStates(rows, schema);
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
