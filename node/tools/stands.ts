/**
 * Findings that stand as long as the files they were made from are the same: a start that comes
 * after a crash does not run five programs to learn what the last one knew.
 */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';

const Mark = v.object({ path: v.string(), size: v.number(), mtimeMs: v.number() });
const Stored = v.object({ asked: v.string(), from: v.array(Mark), found: v.unknown() });

export interface Finding<T> {
  found: T;
  /** The files it was made from: a change of any of them is a new question. */
  from: readonly string[];
}

export interface Standing<T> {
  /** Where it is kept. */
  file: string;
  /** What was asked for, e.g. a path of the settings; another value is another question. */
  asked: string;
  schema: v.GenericSchema<unknown, T>;
  find(): Promise<Finding<T> | undefined>;
}

/** The last finding while it stands, else a new one, which is kept; nothing found is not kept. */
export async function whileItStands<T>(standing: Standing<T>): Promise<T | undefined> {
  const known = await recalled(standing);
  if (known !== undefined) return known;
  const finding = await standing.find();
  if (finding)
    await keep(standing, finding).catch(() => {
      // A full disk, most likely: the next start looks again.
    });
  return finding?.found;
}

async function recalled<T>({ file, asked, schema }: Standing<T>): Promise<T | undefined> {
  try {
    const stored = v.parse(Stored, JSON.parse(await readFile(file, 'utf8')));
    const same = await Promise.all(stored.from.map(isSame));
    if (stored.asked !== asked || !same.every(Boolean)) return undefined;
    return v.parse(schema, stored.found);
  } catch {
    // Missing, half written or of another version: looking again answers all three.
    return undefined;
  }
}

const markOf = async (path: string) => {
  const { size, mtimeMs } = await stat(path);
  return { path, size, mtimeMs };
};

async function isSame({ path, size, mtimeMs }: v.InferOutput<typeof Mark>): Promise<boolean> {
  const now = await markOf(path);
  return now.size === size && now.mtimeMs === mtimeMs;
}

async function keep<T>({ file, asked }: Standing<T>, { found, from }: Finding<T>): Promise<void> {
  const marks = await Promise.all(from.map(markOf));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.${process.pid}`, JSON.stringify({ asked, from: marks, found }, null, 2));
  await rename(`${file}.${process.pid}`, file);
}
