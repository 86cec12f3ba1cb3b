/**
 * Makes one database hold what the other holds. Rows are compared before they are written, so
 * that a copy that was cut short goes on where it was, and one that is whole is left alone.
 */
import type { Side } from './side.ts';
import { compareKeys, keyOf, type Row, TABLES, type Table, type Value } from './tables.ts';

export interface Copied {
  table: string;
  /** Rows written, and rows removed because the source has not got them, or not so. */
  added: number;
  removed: number;
}

/** Throws what either database throws; everything done until then stays done. */
export async function copyTables(
  source: Side,
  target: Side,
  onTable: (copied: Copied) => void = () => {},
): Promise<void> {
  for (const table of TABLES) {
    // First, because a row to come may need the place of one to go: ids of updates are unique.
    const removed = await clear(source, target, table);
    const added = await fill(source, target, table);
    if (table.counted) await raiseLastId(source, target, table);
    onTable({ table: table.name, added, removed });
  }
}

/** What either has handed out stays taken: buttons in chats name the ids of jobs. */
async function raiseLastId(source: Side, target: Side, table: Table): Promise<void> {
  const ids = [await source.lastId(table), await target.lastId(table)];
  await target.setLastId(table, Math.max(...ids));
}

async function clear(source: Side, target: Side, table: Table): Promise<number> {
  let removed = 0;
  for await (const batch of differences(table, target, source)) {
    await target.remove(
      table,
      batch.map((row) => keyOf(table, row)),
    );
    removed += batch.length;
  }
  return removed;
}

async function fill(source: Side, target: Side, table: Table): Promise<number> {
  let added = 0;
  for await (const batch of differences(table, source, target)) {
    await target.add(table, batch);
    added += batch.length;
  }
  return added;
}

/** The rows of `of` which `than` has not got, or has with other values; batch by batch. */
async function* differences(table: Table, of: Side, than: Side): AsyncGenerator<Row[]> {
  const other = await walk(table, than);
  try {
    for await (const batch of of.rows(table)) {
      const differ: Row[] = [];
      for (const row of batch) {
        const key = keyOf(table, row);
        while (other.key && compareKeys(other.key, key) < 0) await other.next();
        if (!same(other.row, row)) differ.push(row);
      }
      if (differ.length > 0) yield differ;
    }
  } finally {
    await other.end();
  }
}

interface Walk {
  row: Row | undefined;
  key: Value[] | undefined;
  next(): Promise<void>;
  end(): Promise<void>;
}

/** Row by row through one side; at its end `row` is undefined. */
async function walk(table: Table, side: Side): Promise<Walk> {
  const batches = side.rows(table)[Symbol.asyncIterator]();
  let batch: readonly Row[] = [];
  let at = -1;
  const here: Walk = {
    ...{ row: undefined, key: undefined },
    async next() {
      at += 1;
      if (at >= batch.length) {
        const step = await batches.next();
        batch = step.done ? [] : step.value;
        at = 0;
      }
      here.row = batch[at];
      here.key = here.row && keyOf(table, here.row);
    },
    async end() {
      await batches.return?.();
    },
  };
  await here.next();
  return here;
}

const same = (a: Row | undefined, b: Row): boolean =>
  a?.every((value, at) => value === b[at]) ?? false;
