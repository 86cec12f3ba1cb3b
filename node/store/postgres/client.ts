/**
 * The connections: every text is made one that PostgreSQL can hold. A title of a site may contain
 * U+0000, which SQLite keeps and PostgreSQL refuses, and the job would fail for it. What is asked
 * again and again is planned once for each connection: planning costs more than most answers.
 */
import pg from 'pg';

export const storable = (text: string): string =>
  text.includes('\0') ? text.replaceAll('\0', '') : text;

const clean = (value: unknown): unknown => (typeof value === 'string' ? storable(value) : value);

export class CleanClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg overloads it a dozen times, all positional
  override query(...[query, values, ...rest]: any[]): any {
    const stored = Array.isArray(values) ? values.map(clean) : values;
    const name = Array.isArray(stored) && isText(query?.text) ? nameOf(query.text) : undefined;
    const planned = name === undefined ? query : { ...query, name };
    // biome-ignore lint/suspicious/noExplicitAny: as above
    return (super.query as (...args: any[]) => any).call(this, planned, stored, ...rest);
  }
}

const isText = (text: unknown): text is string => typeof text === 'string';

/** Asked less often, a statement is not worth the server's memory. */
const OFTEN = 5;
const MOST_NAMES = 150;
const MOST_COUNTED = 1_000;
const names = new Map<string, string>();
const counts = new Map<string, number>();

/** The name under which a server keeps the plan of a text that comes often. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_NAMES) return known;
  const count = (counts.get(text) ?? 0) + 1;
  // Texts that differ in the length of a list only: they do not come back.
  if (counts.size >= MOST_COUNTED) counts.clear();
  counts.set(text, count);
  if (count < OFTEN) return undefined;
  const name = `postchi-${names.size + 1}`;
  names.set(text, name);
  return name;
}
