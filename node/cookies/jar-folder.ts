/** Which jars there are: those in the node's folder, kept equal to what the nodes share. */
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { siteByName } from '../../shared/sites.ts';
import { createJar, type Jar } from './jar.ts';
import { type Mirror, openMirror } from './mirror.ts';
import type { SharedJars } from './shared-jars.ts';

export interface JarFolderParts {
  dir: string;
  /** Where several nodes keep them together. */
  shared: SharedJars | undefined;
  now(): number;
  /** Its jar is not here any more. */
  onGone(key: string): void;
}

export interface JarFolder {
  readonly jars: ReadonlyMap<string, Jar>;
  /** A jar of that name, new or not; undefined for a site without a login. */
  open(site: string, account: string): Jar | undefined;
  /** Here alone: what the nodes share stays. */
  drop(key: string): Promise<void>;
  /** Takes what other nodes added or renewed, drops what they removed, gives what only it has. */
  follow(): Promise<void>;
}

export const keyOf = (site: string, account: string) => `${site}--${account}`;
const KEY = /^([a-z0-9]+)--([a-z0-9_-]{1,16})$/;

/** Reads which jars there are; makes the folder. */
export async function openJarFolder(parts: JarFolderParts): Promise<JarFolder> {
  const { dir, shared, now } = parts;
  const mirror = shared && (await openMirror(dir));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // One that was there already, e.g. copied from another server, may be open to everybody.
  await chmod(dir, 0o700);
  const jars = new Map<string, Jar>();

  function open(site: string, account: string): Jar | undefined {
    const known = siteByName(site);
    const key = keyOf(site, account);
    const file = join(dir, `${key}.txt`);
    const change = shared && mirror && sharedChange(shared, mirror, key);
    if (known?.login && !jars.has(key))
      jars.set(key, createJar({ site: known, account, file, now, change }));
    return jars.get(key);
  }

  async function drop(key: string): Promise<void> {
    const jar = jars.get(key);
    jars.delete(key);
    parts.onGone(key);
    await jar?.remove();
    await mirror?.drop(key);
  }

  /** One jar as it is for all: read where it is newer, given where only this node has it. */
  async function followOne(shared: SharedJars, mirror: Mirror, key: string, version?: number) {
    // Asked once more: it may have been added here since the versions were read.
    if (version === undefined && !(await shared.read(key))) {
      if (mirror.versions.has(key)) return drop(key);
      const own = await jars.get(key)?.text();
      if (own !== undefined) await sharedChange(shared, mirror, key)((text) => text ?? own);
      return;
    }
    if (mirror.versions.get(key) === version && jars.has(key)) return;
    const [, site = '', account = ''] = KEY.exec(key) ?? [];
    await open(site, account)?.follow(async () => {
      const fresh = await shared.read(key);
      if (fresh) await mirror.keep(key, fresh.version);
      // Removed in this very moment: there is no file to lend.
      else jars.delete(key);
      return fresh?.text;
    });
  }

  for (const name of await readdir(dir)) {
    const [, site = '', account = ''] = KEY.exec(name.replace(/\.txt$/, '')) ?? [];
    if (name.endsWith('.txt')) open(site, account);
  }

  return {
    jars,
    open,
    drop,
    async follow() {
      if (!shared || !mirror) return;
      const versions = await shared.versions();
      for (const key of new Set([...versions.keys(), ...jars.keys()]))
        await followOne(shared, mirror, key, versions.get(key));
    },
  };
}

/** Changes a jar for all nodes, and tells them to look. */
const sharedChange =
  (shared: SharedJars, mirror: Mirror, key: string) =>
  async (change: Parameters<SharedJars['update']>[1]): Promise<string | undefined> => {
    const kept = await shared.update(key, change);
    if (!kept) return undefined;
    await mirror.keep(key, kept.version);
    await shared.announce();
    return kept.text;
  };
