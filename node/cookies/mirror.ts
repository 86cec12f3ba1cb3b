/**
 * Which version of each shared jar the files of this node hold. Kept over a restart: a file whose
 * jar is not shared any more was removed elsewhere, one that never was is new.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

export interface Mirror {
  readonly versions: ReadonlyMap<string, number>;
  keep(name: string, version: number): Promise<void>;
  drop(name: string): Promise<void>;
}

const Versions = v.record(v.string(), v.number());

export async function openMirror(dir: string): Promise<Mirror> {
  const file = join(dir, 'shared.json');
  const versions = new Map(Object.entries(await readVersions(file)));
  let last: Promise<void> = Promise.resolve();
  async function write(): Promise<void> {
    await writeFile(`${file}.part`, JSON.stringify(Object.fromEntries(versions)), { mode: 0o600 });
    await rename(`${file}.part`, file);
  }
  const written = () => {
    last = last.then(write, write);
    return last;
  };
  return {
    versions,
    keep(name, version) {
      versions.set(name, version);
      return written();
    },
    drop(name) {
      return versions.delete(name) ? written() : last;
    },
  };
}

async function readVersions(file: string): Promise<Record<string, number>> {
  try {
    const parsed = v.safeParse(Versions, JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.output : {};
  } catch {
    // The first start with other nodes, or a file that was cut off: everything is read anew.
    return {};
  }
}
