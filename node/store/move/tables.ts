/** What is copied between the two databases: every column SQLite has, table by table. */
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import {
  audit,
  chats,
  files,
  jobs,
  playlists,
  state,
  tallies,
  timings,
  updates,
  users,
} from '../schema.ts';

export type Value = number | string | null;
/** In the order of the table's columns. */
export type Row = readonly Value[];

export interface Table {
  name: string;
  columns: readonly string[];
  /** Whole numbers; the others are texts. */
  numeric: readonly boolean[];
  /** Where the primary key stands among the columns. */
  key: readonly number[];
  /** Its ids are handed out by the database, and none a second time. */
  counted: boolean;
}

const OF_SQLITE: readonly SQLiteTable[] = [
  ...[users, chats, state, files, playlists, tallies, timings, audit, updates, jobs],
];

export const TABLES: readonly Table[] = OF_SQLITE.map((one) => {
  const { name, columns, primaryKeys } = getTableConfig(one);
  const names = columns.map((column) => column.name);
  const single = columns.filter(({ primary }) => primary);
  const keys = primaryKeys.flatMap((key) => key.columns);
  return {
    ...{ name, columns: names },
    numeric: columns.map(({ dataType }) => dataType === 'number'),
    key: [...single, ...keys].map((column) => names.indexOf(column.name)),
    counted: columns.some((column) => 'autoIncrement' in column && column.autoIncrement === true),
  };
});

export const keyOf = ({ key }: Table, row: Row): Value[] => key.map((at) => row[at] ?? null);

/** The order both databases answer in: numbers by size, texts by their bytes. */
export function compareKeys(a: readonly Value[], b: readonly Value[]): number {
  for (const [at, one] of a.entries()) {
    const order = compare(one, b[at] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
