/** `npm run docs`: writes the tables in the documents anew from the code they describe. */
import { readFileSync, writeFileSync } from 'node:fs';
import { VARIABLES } from '../node/config/variables.ts';
import { ERRORS } from '../shared/errors.ts';
import { en } from '../shared/texts/en.ts';
import { persianSettings } from './docs-persian.ts';
import { scaleTables } from './scale/tables.ts';

const file = (path: string) => new URL(`../${path}`, import.meta.url);

const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const measured = JSON.parse(readFileSync(file('docs/scale.json'), 'utf8'));

const TABLES: Record<string, () => string> = {
  ...scaleTables(measured),
  environment: () =>
    table(
      ['variable', 'default', 'meaning'],
      VARIABLES.map(({ name, fallback, meaning }) => [`\`${name}\``, fallback, meaning]),
    ),
  settings: () => table(['متغیر', 'پیش‌فرض', 'معنا'], persianSettings()),
  errors: () =>
    table(
      ['code', 'who failed', 'again', 'counts against the site', 'what a person reads'],
      Object.entries(ERRORS).map(([code, fact]) => [
        `\`${code}\``,
        fact.blame,
        fact.retry,
        'breaker' in fact ? 'yes' : '',
        en.errors[code as keyof typeof ERRORS]({}).replaceAll('\n', ' '),
      ]),
    ),
};

/** A table stands between `<!-- table: NAME -->` and `<!-- /table -->`. */
export function withTables(text: string): string {
  return text.replace(
    /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- \/table -->)/g,
    (_whole, start: string, name: string, end: string) => {
      const make = TABLES[name];
      if (!make) throw new Error(`no table is called ${name}`);
      return `${start}\n${make()}\n\n${end}`;
    },
  );
}

export const DOCUMENTS = [
  'README.md',
  'README.fa.md',
  'docs/configuration.md',
  'docs/errors.md',
  'docs/scale.md',
];

if (process.argv[1]?.endsWith('docs.ts')) {
  for (const path of DOCUMENTS) {
    const text = readFileSync(file(path), 'utf8');
    writeFileSync(file(path), withTables(text));
  }
}
