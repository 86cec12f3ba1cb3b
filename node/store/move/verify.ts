/** Whether two databases hold the same, told by reading both from beginning to end. */
import { createHash } from 'node:crypto';
import type { Side } from './side.ts';
import { TABLES, type Table } from './tables.ts';

export interface Sum {
  rows: number;
  /** SHA-256 of all values in the order of the key, hexadecimal. */
  checksum: string;
}

export interface Verified extends Sum {
  table: string;
  equal: boolean;
  /** What the other one holds. */
  other: Sum;
}

export async function verifyTables(
  source: Side,
  target: Side,
  onTable: (verified: Verified) => void = () => {},
): Promise<boolean> {
  let all = true;
  for (const table of TABLES) {
    const [one, other] = await Promise.all([sumOf(source, table), sumOf(target, table)]);
    const counts = await Promise.all([source.count(table), target.count(table)]);
    // What a walk passed over it would pass over on both sides, and nobody would know.
    const whole = counts.every((rows) => rows === one.rows);
    const equal = whole && one.rows === other.rows && one.checksum === other.checksum;
    all &&= equal;
    onTable({ ...one, table: table.name, equal, other });
  }
  return all;
}

async function sumOf(side: Side, table: Table): Promise<Sum> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const batch of side.rows(table)) {
    for (const row of batch) hash.update(`${JSON.stringify(row)}\n`);
    rows += batch.length;
  }
  return { rows, checksum: hash.digest('hex') };
}
