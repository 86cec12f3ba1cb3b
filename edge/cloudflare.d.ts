/**
 * The few types of the Workers runtime that are used. The full set redeclares the globals of
 * both the DOM and Node and cannot stand beside them in one program.
 */
declare module 'cloudflare:workers' {
  export type SqlValue = string | number | null;

  export interface SqlStorage {
    exec<T = Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]): { toArray(): T[] };
  }

  export interface DurableObjectState {
    storage: { sql: SqlStorage };
  }

  /** Keeps the request that is answered just now alive until the promise settles. */
  export function waitUntil(promise: Promise<unknown>): void;

  export class DurableObject {
    constructor(ctx: DurableObjectState, env: unknown);
    protected ctx: DurableObjectState;
  }
}
