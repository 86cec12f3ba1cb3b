/** What was found the last time, so that a start does not run three programs to find it again. */
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { YtdlpInstall } from '../engine/engine.ts';
import { isExecutable } from './command.ts';

export const Install = v.object({
  bin: v.string(),
  version: v.string(),
  source: v.picklist(['env', 'path', 'release', 'debian']),
  python: v.optional(v.object({ exe: v.string(), importPath: v.optional(v.string()) })),
  noPython: v.optional(v.string()),
  ejs: v.boolean(),
});

const Remembered = v.object({
  /** `YTDLP_PATH` at that time; another value is another question. */
  asked: v.nullable(v.string()),
  /** Of the executable, ms: an update in place changes it. */
  mtimeMs: v.number(),
  install: Install,
});

const fileOf = (dir: string) => join(dir, 'found.json');

/** The last finding when it still stands, else undefined. */
export async function recall(
  dir: string,
  asked: string | undefined,
): Promise<YtdlpInstall | undefined> {
  try {
    const { install, ...rest } = v.parse(
      Remembered,
      JSON.parse(await readFile(fileOf(dir), 'utf8')),
    );
    if (rest.asked !== (asked ?? null)) return undefined;
    if ((await stat(install.bin)).mtimeMs !== rest.mtimeMs) return undefined;
    if (install.python && !(await isExecutable(install.python.exe))) return undefined;
    return install;
  } catch {
    // Missing, half written or of an older version: looking again answers all three.
    return undefined;
  }
}

export async function remember(
  dir: string,
  asked: string | undefined,
  install: YtdlpInstall,
): Promise<void> {
  const { mtimeMs } = await stat(install.bin);
  const file = fileOf(dir);
  const text = JSON.stringify({ asked: asked ?? null, mtimeMs, install }, null, 2);
  await writeFile(`${file}.${process.pid}`, text);
  await rename(`${file}.${process.pid}`, file);
}
