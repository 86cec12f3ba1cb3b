import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../node/config/variables.ts';
import { DOCUMENTS, withTables } from '../../scripts/docs.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the documents', () => {
  it.each(DOCUMENTS)('%s holds the tables as the code has them (npm run docs)', (path) => {
    const text = read(path);
    expect(withTables(text)).toBe(text);
  });

  it('describe every variable the node reads, and no other', () => {
    const config = read('node/config/config.ts');
    const read_ = [...config.matchAll(/(?:read\.\w+\(|env\.)'?([A-Z][A-Z_]{3,})/g)].map(
      ([, n]) => n,
    );
    expect(new Set(VARIABLES.map(({ name }) => name))).toEqual(new Set(read_));
  });
});
