import { storable } from '../postgres/client.ts';
import type { Database } from '../sqlite.ts';
import { BATCH, type Side } from './side.ts';
import { keyOf, type Row, type Table, type Value } from './tables.ts';

/** @param sqlite stays the caller's to close */
export function sqliteSide(sqlite: Database): Side {
  const inOne = (write: () => void) => sqlite.transaction(write)();
  return {
    async *rows(table) {
      let after: Value[] | undefined;
      for (;;) {
        const batch = readAfter(sqlite, table, after);
        const last = batch.at(-1);
        if (!last) return;
        after = keyOf(table, last);
        yield batch.map((row) =>
          row.map((value, at) => asPostgres(value, table.numeric[at] === true)),
        );
      }
    },
    async count({ name }) {
      return Number(sqlite.prepare(`SELECT count(*) FROM ${name}`).pluck().get());
    },
    async add(table, rows) {
      const names = table.columns.map(quoted).join(', ');
      const marks = table.columns.map(() => '?').join(', ');
      const insert = sqlite.prepare(`INSERT INTO ${table.name} (${names}) VALUES (${marks})`);
      inOne(() => {
        for (const row of rows) insert.run(...row);
      });
    },
    async remove(table, keys) {
      const same = keyNames(table).map((name) => `${name} = ?`);
      const gone = sqlite.prepare(`DELETE FROM ${table.name} WHERE ${same.join(' AND ')}`);
      inOne(() => {
        for (const key of keys) gone.run(...key);
      });
    },
    async lastId({ name }) {
      const seq = sqlite.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck();
      return Number(seq.get(name) ?? 0);
    },
    async setLastId({ name }, id) {
      inOne(() => {
        sqlite.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(name);
        sqlite.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(name, id);
      });
    },
    async close() {},
  };
}

const quoted = (name: string) => `"${name}"`;
const keyNames = ({ key, columns }: Table) => key.map((at) => quoted(columns[at] ?? ''));

function readAfter(sqlite: Database, table: Table, after: Value[] | undefined): Row[] {
  const names = keyNames(table).join(', ');
  const from = after ? `WHERE (${names}) > (${after.map(() => '?').join(', ')})` : '';
  const columns = table.columns.map(quoted).join(', ');
  const query = `SELECT ${columns} FROM ${table.name} ${from} ORDER BY ${names} LIMIT ${BATCH}`;
  return sqlite
    .prepare(query)
    .raw()
    .all(...(after ?? [])) as Row[];
}

/** SQLite keeps a fraction in a column of whole numbers, and U+0000; PostgreSQL has neither. */
function asPostgres(value: Value, numeric: boolean): Value {
  if (typeof value === 'number') return numeric ? Math.round(value) : String(value);
  return typeof value === 'string' ? storable(value) : value;
}
