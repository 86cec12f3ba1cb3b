/** All jars: several accounts of a site are used in turn, one the site threw out rests. */
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { siteByName, siteOfHost } from '../../shared/sites.ts';
import type { CookieFacts } from '../../shared/texts/catalogue/admin.ts';
import type { Log } from '../log.ts';
import type { State } from '../store/state.ts';
import { createJar, type Jar } from './jar.ts';
import { openMirror } from './mirror.ts';
import { type Cookie, parseCookies } from './netscape.ts';
import { openRests } from './rests.ts';
import type { SharedJars } from './shared-jars.ts';

/** A copy of a jar, lent to one job. */
export interface Lease {
  path: string;
  jar: Jar;
  lent: readonly Cookie[];
}

export interface CookieJars {
  /** A copy in the job's folder; undefined when the site has no account that is not resting. */
  lend(site: string, dir: string): Promise<Lease | undefined>;
  /** May be called several times while a job goes on. */
  giveBack(lease: Lease, loginFailed: boolean): Promise<void>;
  /**
   * Sorts the cookies of a file by site and keeps each as a jar.
   * @throws NotCookies
   */
  add(text: string, account: string): Promise<CookieFacts[]>;
  list(): Promise<CookieFacts[]>;
  /** A copy of that account's jar, resting or not; undefined when there is none. */
  copyOf(site: string, account: string, dir: string): Promise<Lease | undefined>;
  /** What a probe of that account found; kept until it has other cookies. */
  probed(site: string, account: string, alive: boolean): Promise<void>;
  /** Follows what other nodes added, renewed or removed. */
  sync(): Promise<void>;
  /** False when there is none. */
  remove(site: string, account: string): Promise<boolean>;
}

export class NotCookies extends Error {
  override readonly name = 'NotCookies';
  constructor(readonly why: 'format' | 'site') {
    super(why);
  }
}

export interface JarsParts {
  dir: string;
  log: Log;
  /** Where several nodes keep them together. */
  shared?: SharedJars | undefined;
  /** Where rests and the results of probes are kept, over a restart and for all nodes. */
  state?: State | undefined;
  now?: () => number;
}

/** Where the nodes of a database find what the probes found. */
export const PROBES = 'cookie_probes';
const Probed = v.object({ at: v.number(), alive: v.boolean() });
const FILE = /^([a-z0-9]+)--([a-z0-9_-]{1,16})\.txt$/;

/** Reads which jars there are; makes the folder. */
export async function openCookieJars(parts: JarsParts): Promise<CookieJars> {
  const { dir, log, state, shared, now = Date.now } = parts;
  const mirror = shared && (await openMirror(dir));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // One that was there already, e.g. copied from another server, may be open to everybody.
  await chmod(dir, 0o700);
  const probes = new Map((await state?.all(PROBES, Probed)) ?? []);
  const rests = await openRests({ state, log, now });
  const jars = new Map<string, Jar>();
  /** By jar: when it was last lent. */
  const used = new Map<string, number>();
  let turn = 0;

  const keyOf = (site: string, account: string) => `${site}--${account}`;
  const changing = (key: string) =>
    shared &&
    (async (change: Parameters<SharedJars['update']>[1]) => {
      const kept = await shared.update(key, change);
      if (!kept) return undefined;
      await mirror?.keep(key, kept.version);
      await shared.announce();
      return kept.text;
    });
  const open = (site: string, account: string): Jar | undefined => {
    const known = siteByName(site);
    const key = keyOf(site, account);
    const file = join(dir, `${key}.txt`);
    if (known?.login && !jars.has(key))
      jars.set(key, createJar({ site: known, account, file, now, change: changing(key) }));
    return jars.get(key);
  };
  for (const name of await readdir(dir)) {
    const [, site = '', account = ''] = FILE.exec(name) ?? [];
    open(site, account);
  }

  const ofSite = (site: string) =>
    [...jars].filter(([, jar]) => jar.site.name === site).map(([key, jar]) => ({ key, jar }));

  const factsOf = async ({ site, account, state }: Jar): Promise<CookieFacts> => ({
    ...{ site: site.name, account, restingUntil: rests.until(keyOf(site.name, account)) },
    probed: probes.get(keyOf(site.name, account)),
    ...(await state()),
  });

  /** One jar as it is for all: read where it is newer, given where only this node has it. */
  async function follow(key: string, version: number | undefined): Promise<void> {
    const [, site = '', account = ''] = FILE.exec(`${key}.txt`) ?? [];
    // Asked once more: it may have been added here since the versions were read.
    if (version === undefined && !(await shared?.read(key))) {
      if (mirror?.versions.has(key)) return removeHere(key);
      const own = await jars.get(key)?.text();
      if (own !== undefined) await changing(key)?.((text) => text ?? own);
      return;
    }
    if (mirror?.versions.get(key) === version && jars.has(key)) return;
    await open(site, account)?.follow(async () => {
      const fresh = await shared?.read(key);
      if (fresh) await mirror?.keep(key, fresh.version);
      // Removed in this very moment: there is no file to lend.
      else jars.delete(key);
      return fresh?.text;
    });
  }

  async function removeHere(key: string): Promise<void> {
    const jar = jars.get(key);
    jars.delete(key);
    probes.delete(key);
    await jar?.remove();
    await mirror?.drop(key);
  }

  let syncing = Promise.resolve();
  async function syncAll(): Promise<void> {
    if (!shared) return;
    const versions = await shared.versions();
    for (const key of new Set([...versions.keys(), ...jars.keys()])) {
      await follow(key, versions.get(key));
    }
    for (const [key, probe] of (await state?.all(PROBES, Probed)) ?? []) probes.set(key, probe);
    await rests.reload();
  }

  async function forgetProbe(key: string): Promise<void> {
    probes.delete(key);
    await state?.remove(PROBES, key);
  }

  return {
    async lend(site, folder) {
      const [next] = ofSite(site)
        .filter(({ key }) => !rests.until(key))
        .sort((a, b) => (used.get(a.key) ?? 0) - (used.get(b.key) ?? 0));
      if (!next) return undefined;
      used.set(next.key, ++turn);
      return copied(next.jar, folder);
    },
    async giveBack({ path, jar, lent }, loginFailed) {
      const key = keyOf(jar.site.name, jar.account);
      if (loginFailed) {
        await rests.begin(key);
        log.warn({ site: jar.site.name, account: jar.account }, 'the login failed: it rests');
        return;
      }
      const copy = parseCookies(await readFile(path, 'utf8').catch(() => ''));
      // A copy cut off by a kill is no news.
      if (!copy || !jars.has(key)) return;
      // A link can lead to a stranger's site, whose cookies are in the copy as well.
      const own = bySite(copy).get(jar.site.name) ?? [];
      if (!(await jar.merge(lent, own))) {
        log.warn({ site: jar.site.name, account: jar.account }, 'a job came back signed out');
      }
    },
    async add(text, account) {
      const cookies = parseCookies(text);
      if (!cookies) throw new NotCookies('format');
      const kept: Jar[] = [];
      for (const [site, own] of bySite(cookies)) {
        const jar = open(site, account);
        if (!jar) continue;
        await jar.replace(own);
        await rests.end(keyOf(site, account));
        await forgetProbe(keyOf(site, account));
        kept.push(jar);
      }
      if (kept.length === 0) throw new NotCookies('site');
      return Promise.all(kept.map(factsOf));
    },
    list: () => Promise.all([...jars.values()].map(factsOf)),
    async copyOf(site, account, folder) {
      const jar = jars.get(keyOf(site, account));
      return jar && copied(jar, folder);
    },
    async probed(site, account, alive) {
      const key = keyOf(site, account);
      if (!jars.has(key)) return;
      probes.set(key, { at: now(), alive });
      await state?.set(PROBES, key, { at: now(), alive }, now());
    },
    async remove(site, account) {
      const key = keyOf(site, account);
      const known = jars.has(key);
      await shared?.remove(key);
      await forgetProbe(key);
      await rests.end(key);
      await removeHere(key);
      await shared?.announce();
      return known;
    },
    sync() {
      syncing = syncing.catch(() => {}).then(syncAll);
      return syncing;
    },
  };
}

async function copied(jar: Jar, folder: string): Promise<Lease> {
  const path = join(folder, 'cookies.txt');
  await jar.copyTo(path);
  return { path, jar, lent: parseCookies(await readFile(path, 'utf8')) ?? [] };
}

function bySite(cookies: readonly Cookie[]): Map<string, Cookie[]> {
  const found = new Map<string, Cookie[]>();
  for (const cookie of cookies) {
    const host = cookie.domain.replace(/^\./, '');
    // YouTube's login lives on google.com as well; without it sessions do not renew themselves.
    const site = /(^|\.)google\.com$/.test(host) ? 'youtube' : siteOfHost(host)?.name;
    if (site) found.set(site, [...(found.get(site) ?? []), cookie]);
  }
  return found;
}
