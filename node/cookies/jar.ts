/**
 * One account's cookies at one site, in a file only the bot may read. Every change happens under
 * a lock and arrives by rename: whoever reads, reads a whole file.
 */
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isSignedIn, type Site } from '../../shared/sites.ts';
import { type Cookie, cookieKey, formatCookies, isExpired, parseCookies } from './netscape.ts';
import type { SharedJars } from './shared-jars.ts';

export interface JarState {
  signedIn: boolean;
  /** When the first cookie that matters for the login ends, ms since the epoch. */
  expires?: number | undefined;
}

export interface Jar {
  readonly site: Site;
  readonly account: string;
  /** Writes a copy for one job. */
  copyTo(path: string): Promise<void>;
  /**
   * Takes over what a job's copy learnt. Only what differs from `lent` counts, because other jobs
   * change the jar meanwhile, and only while the copy is still signed in: a site that threw the
   * session out must not take the login from everybody else. False when it was not taken.
   */
  merge(lent: readonly Cookie[], copy: readonly Cookie[]): Promise<boolean>;
  replace(cookies: readonly Cookie[]): Promise<void>;
  /**
   * Another node changed it: the file holds what `read` answers from now on. It is asked while
   * nothing else changes the jar here, or an older text could come over a newer one.
   */
  follow(read: () => Promise<string | undefined>): Promise<void>;
  /** The file as it is; undefined without one. */
  text(): Promise<string | undefined>;
  state(): Promise<JarState>;
  remove(): Promise<void>;
}

export interface JarParts {
  site: Site;
  account: string;
  file: string;
  now(): number;
  /** Of several nodes: changes the jar they share and answers what it holds then. */
  change?: ((change: TextChange) => Promise<string | undefined>) | undefined;
}

type TextChange = Parameters<SharedJars['update']>[1];

export function createJar({ site, account, file, now, change: shared }: JarParts): Jar {
  let last: Promise<unknown> = Promise.resolve();
  const locked = <T>(work: () => Promise<T>): Promise<T> => {
    const run = last.then(work);
    last = run.catch(() => {
      // The caller hears of it; the next one starts all the same.
    });
    return run;
  };
  const read = async () => parseCookies(await readFile(file, 'utf8')) ?? [];
  const write = async (text: string) => {
    await writeFile(`${file}.tmp`, text, { mode: 0o600 });
    await chmod(`${file}.tmp`, 0o600);
    await rename(`${file}.tmp`, file);
  };
  const signedIn = (cookies: readonly Cookie[]) =>
    isSignedIn(
      site,
      cookies.filter((c) => !isExpired(c, now()) && c.value !== '').map((c) => c.name),
    );

  /** The file follows what was written for all. */
  async function change(change: TextChange): Promise<void> {
    const own = shared ? await shared(change) : change(await textOf(file));
    if (own !== undefined) await write(own);
  }

  return {
    site,
    account,
    copyTo: (path) =>
      locked(async () => writeFile(path, await readFile(file, 'utf8'), { mode: 0o600 })),
    merge: (lent, copy) =>
      locked(async () => {
        if (!signedIn(copy)) return false;
        const changes = changed(lent, copy);
        if (changes.length === 0) return true;
        let taken = false;
        await change((text) => {
          // Removed while it was lent: it stays away.
          if (text === undefined) return undefined;
          const merged = new Map((parseCookies(text) ?? []).map((one) => [cookieKey(one), one]));
          for (const cookie of changes) merged.set(cookieKey(cookie), cookie);
          const next = [...merged.values()];
          taken = signedIn(next);
          return taken ? formatCookies(next) : undefined;
        });
        return taken;
      }),
    replace: (cookies) => locked(() => change(() => formatCookies(cookies))),
    follow: (read) =>
      locked(async () => {
        const text = await read();
        if (text !== undefined) await write(text);
      }),
    text: () => locked(() => textOf(file)),
    state: () =>
      locked(async () => {
        const cookies = await read();
        const matter = new Set(site.login?.flat());
        const ends = cookies
          .filter(({ name, expires }) => matter.has(name) && expires > 0)
          .map(({ expires }) => expires * 1000);
        return {
          signedIn: signedIn(cookies),
          expires: ends.length > 0 ? Math.min(...ends) : undefined,
        };
      }),
    remove: () => locked(() => rm(file, { force: true })),
  };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Cookies a job got or got anew; one that is missing from its copy has said nothing. */
function changed(lent: readonly Cookie[], copy: readonly Cookie[]): Cookie[] {
  const before = new Map(lent.map((cookie) => [cookieKey(cookie), cookie]));
  return copy.filter((cookie) => {
    const old = before.get(cookieKey(cookie));
    return old?.value !== cookie.value || old.expires !== cookie.expires;
  });
}
