/** The assignments in a Durable Object: one place for all instances of the edge. */
import { DurableObject, type DurableObjectState, type SqlStorage } from 'cloudflare:workers';
import { type Assignments, type Given, type Giving, KEPT_MS } from './assignments.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS given (
    update_id INTEGER PRIMARY KEY,
    node TEXT NOT NULL,
    times INTEGER NOT NULL,
    at INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS given_at ON given (at);
`;

/** Synchronous from the first statement to the last: two calls cannot come between each other. */
export class AssignmentsDO extends DurableObject {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(SCHEMA);
  }

  give({ updateId, node, among, now }: Giving): Given {
    this.#sql.exec('DELETE FROM given WHERE at < ?', now - KEPT_MS);
    const [noted] = this.#sql
      .exec<{ node: string }>('SELECT node FROM given WHERE update_id = ?', updateId)
      .toArray();
    if (noted && among.includes(noted.node)) {
      this.#sql.exec('UPDATE given SET times = times + 1 WHERE update_id = ?', updateId);
      return { node: noted.node, first: false };
    }
    this.#sql.exec('INSERT OR REPLACE INTO given VALUES (?, ?, 1, ?)', updateId, node, now);
    return { node, first: true };
  }

  takeBack(updateId: number, node: string): boolean {
    const gone = this.#sql
      .exec(
        'DELETE FROM given WHERE update_id = ? AND node = ? AND times = 1 RETURNING update_id',
        ...[updateId, node],
      )
      .toArray();
    return gone.length > 0;
  }
}

export interface AssignmentsNamespace {
  getByName(name: string): Assignments;
}

/** A stub is made per call: one that broke once stays broken. */
export const durableAssignments = (namespace: AssignmentsNamespace): Assignments => ({
  give: (giving) => namespace.getByName('assignments').give(giving),
  takeBack: (updateId, node) => namespace.getByName('assignments').takeBack(updateId, node),
});
