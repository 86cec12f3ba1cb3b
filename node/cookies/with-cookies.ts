/** yt-dlp with a login where there is one: each link gets a copy of its site's cookies. */
import { JobError } from '../../shared/errors.ts';
import { siteOfHost } from '../../shared/sites.ts';
import type { Gallery } from '../engine/gallery.ts';
import type { MediaInfo } from '../engine/media-info.ts';
import type { Ytdlp } from '../engine/ytdlp.ts';
import type { CookieJars, Lease } from './jars.ts';

/** What a site answers when it does not take the login (any more). */
const LOGIN_FAILED = new Set(['login_required', 'bot_check']);

type Lender = Pick<CookieJars, 'lend' | 'giveBack'>;

async function using<T>(jars: Lender, lease: Lease | undefined, run: () => Promise<T>): Promise<T> {
  if (!lease) return run();
  let loginFailed = false;
  try {
    return await run();
  } catch (error) {
    loginFailed = error instanceof JobError && LOGIN_FAILED.has(error.code);
    throw error;
  } finally {
    await jars.giveBack(lease, loginFailed);
  }
}

async function borrow(jars: Lender, url: string, dir: string): Promise<Lease | undefined> {
  const site = siteOfHost(new URL(url).hostname)?.name;
  return site === undefined ? undefined : jars.lend(site, dir);
}

/** gallery-dl with the same logins: carousels are shown to signed-in people only. */
export function picturesWithCookies(gallery: Gallery, jars: Lender): Gallery {
  return {
    get ready() {
      return gallery.ready;
    },
    get install() {
      return gallery.install;
    },
    close: gallery.close,
    async fetch(request) {
      const lease = await borrow(jars, request.url, request.dir);
      const cookies = lease && { cookies: lease.path };
      return using(jars, lease, () => gallery.fetch({ ...request, ...cookies }));
    },
  };
}

export function withCookies(ytdlp: Ytdlp, jars: Lender): Ytdlp {
  /** The download goes on with the account the extraction was made with. */
  const leases = new WeakMap<MediaInfo, Lease>();

  return {
    async probe(request) {
      const lease = await borrow(jars, request.url, request.dir);
      const cookies = lease && { cookies: lease.path };
      const info = await using(jars, lease, () => ytdlp.probe({ ...request, ...cookies }));
      if (lease) leases.set(info, lease);
      return info;
    },
    download(request) {
      const lease = leases.get(request.info);
      const cookies = lease && { cookies: lease.path };
      return using(jars, lease, () => ytdlp.download({ ...request, ...cookies }));
    },
  };
}
