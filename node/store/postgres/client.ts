/**
 * The connections: every text is made one that PostgreSQL can hold. A title of a site may contain
 * U+0000, which SQLite keeps and PostgreSQL refuses, and the job would fail for it.
 */
import pg from 'pg';

export const storable = (text: string): string =>
  text.includes('\0') ? text.replaceAll('\0', '') : text;

const clean = (value: unknown): unknown => (typeof value === 'string' ? storable(value) : value);

export class CleanClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg overloads it a dozen times, all positional
  override query(...[query, values, ...rest]: any[]): any {
    const stored = Array.isArray(values) ? values.map(clean) : values;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    return (super.query as (...args: any[]) => any).call(this, query, stored, ...rest);
  }
}
