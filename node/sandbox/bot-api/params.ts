/** Typed access to the parameters of a call; Telegram takes `"12"` for 12 and JSON in a string. */
import * as v from 'valibot';
import { bad } from './api-error.ts';
import type { Upload } from './upload.ts';

const text = v.union([v.string(), v.pipe(v.number(), v.transform(String))]);
const number = v.pipe(
  v.union([
    v.number(),
    v.pipe(v.string(), v.trim(), v.regex(/^-?\d+(\.\d+)?$/), v.transform(Number)),
  ]),
  v.finite(),
);
const int = v.pipe(number, v.safeInteger());
const bool = v.union([
  v.boolean(),
  v.pipe(
    v.number(),
    v.transform((n) => n !== 0),
  ),
  v.pipe(
    v.string(),
    v.transform((s) => ['true', 'yes', '1'].includes(s.toLowerCase())),
  ),
]);

export class Params {
  constructor(
    readonly fields: Readonly<Record<string, unknown>>,
    readonly uploads: ReadonlyMap<string, Upload> = new Map(),
  ) {}

  text = (name: string) => this.read(name, text, 'String');
  int = (name: string) => this.read(name, int, 'Number');
  number = (name: string) => this.read(name, number, 'Number');
  bool = (name: string) => this.read(name, bool, 'Boolean') ?? false;

  /** A structured field, given as a value or as JSON text. */
  json<S extends v.GenericSchema>(name: string, schema: S): v.InferOutput<S> | undefined {
    const raw = this.fields[name];
    const value = typeof raw === 'string' ? parseJson(name, raw) : raw;
    if (value === undefined || value === null) return undefined;
    const found = v.safeParse(schema, value);
    if (found.success) return found.output;
    const path = v.getDotPath(found.issues[0]);
    throw bad(`can't parse ${name}${path ? `.${path}` : ''}: ${found.issues[0].message}`);
  }

  private read<S extends v.GenericSchema>(
    name: string,
    schema: S,
    kind: string,
  ): v.InferOutput<S> | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null) return undefined;
    const found = v.safeParse(schema, value);
    if (!found.success) throw bad(`field "${name}" must be of type ${kind}`);
    return found.output;
  }
}

function parseJson(name: string, raw: string): unknown {
  if (raw.trim() === '') return undefined;
  try {
    return JSON.parse(raw);
  } catch {
    throw bad(`can't parse ${name} JSON object`);
  }
}
