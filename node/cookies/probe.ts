/**
 * A real look behind the login: something only signed-in people get is extracted with a copy of
 * one account's cookies. Names and dates of cookies say nothing of a session the site has ended.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { asJobError, type ErrorCode } from '../../shared/errors.ts';
import { SITES, siteByName } from '../../shared/sites.ts';
import type { Ytdlp } from '../engine/ytdlp.ts';
import type { Log } from '../log.ts';
import type { State } from '../store/state.ts';
import type { CookieJars } from './jars.ts';

export interface ProbeLinks {
  /** Every site that has one. */
  all(): Promise<{ site: string; url: string }[]>;
  /** Undefined takes the default again. False: no login of that site is known. */
  set(site: string, url: string | undefined): Promise<boolean>;
}

const SPACE = 'cookie_links';

/** What an admin chose, else the site's own. */
export function cookieProbeLinks(state: State, now: () => number): ProbeLinks {
  return {
    async all() {
      const chosen = await state.all(SPACE, v.string());
      return SITES.flatMap(({ name, probe }) => {
        const url = chosen.get(name) ?? probe?.url;
        return url ? [{ site: name, url }] : [];
      });
    },
    async set(site, url) {
      if (!siteByName(site)?.login) return false;
      if (url) await state.set(SPACE, site, url, now());
      else await state.remove(SPACE, site);
      return true;
    },
  };
}

export interface CookieProberParts {
  jars: Pick<CookieJars, 'list' | 'copyOf' | 'giveBack' | 'probed'>;
  links: Pick<ProbeLinks, 'all'>;
  /** Without a memory: what was found yesterday says nothing of today. */
  ytdlp: Pick<Ytdlp, 'probe'>;
  /** Folders of probes are made in it. */
  dir: string;
  /** The site is left alone just now. */
  isPaused(site: string): boolean;
  log: Log;
  now(): number;
}

/** An account is asked for this often, ms; more would look like a robot. */
const EVERY_MS = 12 * 3_600_000;
/** And after a try that told nothing, ms. */
const AGAIN_MS = 3_600_000;

/** What a site answers somebody it does not know. */
const TURNED_AWAY: readonly ErrorCode[] = [
  'login_required',
  'bot_check',
  'private_video',
  'age_restricted',
  'members_only',
];

export interface CookieProber {
  /** Probes the account that waits longest, when one is due. */
  next(): Promise<void>;
  close(): void;
}

export function createCookieProber(parts: CookieProberParts): CookieProber {
  const { jars, links, ytdlp, dir, log, now } = parts;
  const closing = new AbortController();
  /** By account: when nothing could be learnt. */
  const inVain = new Map<string, number>();

  /** What has no login by its cookies is known to be dead; a resting one is not disturbed. */
  async function due() {
    const urls = new Map((await links.all()).map(({ site, url }) => [site, url]));
    const waiting = (await jars.list())
      .filter(({ signedIn, restingUntil }) => signedIn && restingUntil === undefined)
      .filter(({ probed }) => now() - (probed?.at ?? 0) >= EVERY_MS)
      .filter((jar) => now() - (inVain.get(nameOf(jar)) ?? 0) >= AGAIN_MS)
      .sort((a, b) => (a.probed?.at ?? 0) - (b.probed?.at ?? 0));
    for (const { site, account } of waiting) {
      const url = urls.get(site);
      if (url && !parts.isPaused(site)) return { site, account, url };
    }
    return undefined;
  }

  return {
    async next() {
      const one = await due();
      if (!one) return;
      const folder = await mkdtemp(join(dir, 'login-'));
      try {
        await probe(one, folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    close: () => closing.abort(),
  };

  async function probe({ site, account, url }: ProbedAccount, folder: string): Promise<void> {
    const lease = await jars.copyOf(site, account, folder);
    if (!lease) return;
    const code = await ytdlp
      .probe({ url, dir: folder, cookies: lease.path, signal: closing.signal })
      .then(
        () => undefined,
        (cause) => asJobError(cause).code,
      );
    const alive = verdict(site, url, code);
    log.info({ site, account, code, alive }, 'a login was tried');
    // A site that could not be asked has said nothing, nor has a link that is gone.
    if (alive === undefined) return void inVain.set(nameOf({ site, account }), now());
    await jars.probed(site, account, alive);
    await jars.giveBack(lease, !alive);
  }
}

const nameOf = ({ site, account }: { site: string; account: string }) => `${site} ${account}`;

interface ProbedAccount {
  site: string;
  account: string;
  url: string;
}

/** Undefined: neither. */
function verdict(site: string, url: string, code: ErrorCode | undefined): boolean | undefined {
  if (code === undefined) return true;
  if (TURNED_AWAY.includes(code)) return false;
  const { probe } = siteByName(site) ?? {};
  if (probe?.url !== url) return undefined;
  // Its list, with nothing in it.
  if (code === 'no_media') return true;
  return probe.gone && code === 'not_found' ? false : undefined;
}
