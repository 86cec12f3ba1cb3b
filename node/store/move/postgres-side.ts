import pg from 'pg';
import { CleanClient } from '../postgres/client.ts';
import { BATCH, type Side } from './side.ts';
import type { Row, Table } from './tables.ts';

const INT8 = 20;

const NUMBERS = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format),
} as pg.CustomTypesConfig;

export interface PostgresSideOptions {
  /** Everything read is of one moment, however long the reading takes. */
  snapshot: boolean;
}

/** @throws pg's errors when the server cannot be reached */
export async function postgresSide(url: string, options: PostgresSideOptions): Promise<Side> {
  const connect = async () => {
    const client = new CleanClient({
      ...{ connectionString: url, application_name: 'postchi move', types: NUMBERS },
      // Sorting a large table takes its time.
      options: '-c statement_timeout=0 -c idle_in_transaction_session_timeout=0',
    });
    // Told at the next query as well.
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const [reader, writer] = [await connect(), await connect()];
  const begin = () => reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  if (options.snapshot) await begin();
  return {
    async *rows(table) {
      if (!options.snapshot) await begin();
      await reader.query(`DECLARE walk NO SCROLL CURSOR FOR ${inOrder(table)}`);
      try {
        for (;;) {
          const rows: Row[] = (await reader.query(NEXT)).rows;
          if (rows.length > 0) yield rows;
          if (rows.length < BATCH) break;
        }
      } finally {
        // A connection that broke is told by what broke it.
        await reader.query(options.snapshot ? 'CLOSE walk' : 'COMMIT').catch(() => {});
      }
    },
    async count({ name }) {
      const { rows } = await reader.query(`SELECT count(*) AS n FROM ${name}`);
      return Number(rows[0]?.n);
    },
    async add(table, rows) {
      const names = table.columns.map(quoted).join(', ');
      await writer.query(`INSERT INTO ${table.name} (${names}) SELECT ${names} ${from(table)}`, [
        JSON.stringify(rows.map((row) => named(table.columns, row))),
      ]);
    },
    async remove(table, keys) {
      const names = keyNames(table);
      const same = names.map((name) => `gone.${quoted(name)} = given.${quoted(name)}`);
      await writer.query(
        `DELETE FROM ${table.name} gone USING (SELECT * ${from(table)}) given
         WHERE ${same.join(' AND ')}`,
        [JSON.stringify(keys.map((key) => named(names, key)))],
      );
    },
    async lastId({ name }) {
      const sequence = `pg_get_serial_sequence('${name}', 'id')::regclass`;
      const { rows } = await writer.query(`SELECT pg_sequence_last_value(${sequence}) AS last`);
      return Number(rows[0]?.last ?? 0);
    },
    async setLastId({ name }, id) {
      const sequence = `pg_get_serial_sequence('${name}', 'id')`;
      await writer.query(`SELECT setval(${sequence}, $1, $2)`, [Math.max(1, id), id > 0]);
    },
    async close() {
      await Promise.all([reader.end(), writer.end()]);
    },
  };
}

const NEXT = { text: `FETCH ${BATCH} FROM walk`, rowMode: 'array' };

const quoted = (name: string) => `"${name}"`;
const keyNames = ({ key, columns }: Table) => key.map((at) => columns[at] ?? '');

/** Rows as one JSON parameter: a statement takes 65,535 parameters at most. */
const from = ({ name }: Table) => `FROM json_populate_recordset(NULL::${name}, $1::json)`;

const named = (columns: readonly string[], row: Row) =>
  Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null]));

/** Texts in the order of their bytes, as SQLite has them, whatever language the database speaks. */
function inOrder(table: Table): string {
  const order = table.key.map((at) => {
    const name = quoted(table.columns[at] ?? '');
    return table.numeric[at] ? name : `${name} COLLATE "C"`;
  });
  const columns = table.columns.map(quoted).join(', ');
  return `SELECT ${columns} FROM ${table.name} ORDER BY ${order.join(', ')}`;
}
