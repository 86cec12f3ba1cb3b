/** One of the two databases of a move. */
import type { Row, Table, Value } from './tables.ts';

/** As many rows are read and written at once: some ms, so that a running node hardly notices. */
export const BATCH = 500;

export interface Side {
  /** Every row in the order of its key, in batches. */
  rows(table: Table): AsyncIterable<readonly Row[]>;
  /** As the database itself counts them. */
  count(table: Table): Promise<number>;
  add(table: Table, rows: readonly Row[]): Promise<void>;
  remove(table: Table, keys: readonly Value[][]): Promise<void>;
  /** The last id that was handed out; it is never handed out again. */
  lastId(table: Table): Promise<number>;
  setLastId(table: Table, id: number): Promise<void>;
  close(): Promise<void>;
}
