/** All jars: several accounts of a site are used in turn, one the site threw out rests. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { siteOfHost } from '../../shared/sites.ts';
import type { CookieFacts } from '../../shared/texts/catalogue/admin.ts';
import type { Log } from '../log.ts';
import type { State } from '../store/state.ts';
import type { Jar } from './jar.ts';
import { keyOf, openJarFolder } from './jar-folder.ts';
import { type Cookie, parseCookies } from './netscape.ts';
import { openProbed } from './probed.ts';
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

/** Reads which jars there are; makes the folder. */
export async function openCookieJars(parts: JarsParts): Promise<CookieJars> {
  const { dir, log, state, shared, now = Date.now } = parts;
  const probes = await openProbed({ state, now });
  const rests = await openRests({ state, log, now });
  const folder = await openJarFolder({ dir, shared, now, onGone: probes.drop });
  const { jars } = folder;
  /** By jar: when it was last lent. */
  const used = new Map<string, number>();
  let turn = 0;
  let syncing = Promise.resolve();

  const ofSite = (site: string) =>
    [...jars].filter(([, jar]) => jar.site.name === site).map(([key, jar]) => ({ key, jar }));

  async function factsOf({ site, account, state }: Jar): Promise<CookieFacts> {
    const key = keyOf(site.name, account);
    const known = { restingUntil: rests.until(key), probed: probes.of(key) };
    return { site: site.name, account, ...known, ...(await state()) };
  }

  async function syncAll(): Promise<void> {
    if (!shared) return;
    await folder.follow();
    await probes.reload();
    await rests.reload();
  }

  return {
    async lend(site, dir) {
      const [next] = ofSite(site)
        .filter(({ key }) => !rests.until(key))
        .sort((a, b) => (used.get(a.key) ?? 0) - (used.get(b.key) ?? 0));
      if (!next) return undefined;
      used.set(next.key, ++turn);
      return copied(next.jar, dir);
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
        const jar = folder.open(site, account);
        if (!jar) continue;
        await jar.replace(own);
        await rests.end(keyOf(site, account));
        await probes.forget(keyOf(site, account));
        kept.push(jar);
      }
      if (kept.length === 0) throw new NotCookies('site');
      return Promise.all(kept.map(factsOf));
    },
    list: () => Promise.all([...jars.values()].map(factsOf)),
    async copyOf(site, account, dir) {
      const jar = jars.get(keyOf(site, account));
      return jar && copied(jar, dir);
    },
    async probed(site, account, alive) {
      const key = keyOf(site, account);
      if (jars.has(key)) await probes.keep(key, alive);
    },
    async remove(site, account) {
      const key = keyOf(site, account);
      const known = jars.has(key);
      await shared?.remove(key);
      await probes.forget(key);
      await rests.end(key);
      await folder.drop(key);
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
