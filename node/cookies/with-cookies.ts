/** yt-dlp with a login where there is one: each link gets a copy of its site's cookies. */
import { JobError } from '../../shared/errors.ts';
import { siteOfHost } from '../../shared/sites.ts';
import type { MediaInfo } from '../engine/media-info.ts';
import type { Ytdlp } from '../engine/ytdlp.ts';
import type { CookieJars, Lease } from './jars.ts';

/** What a site answers when it does not take the login (any more). */
const LOGIN_FAILED = new Set(['login_required', 'bot_check']);

export function withCookies(ytdlp: Ytdlp, jars: Pick<CookieJars, 'lend' | 'giveBack'>): Ytdlp {
  /** The download goes on with the account the extraction was made with. */
  const leases = new WeakMap<MediaInfo, Lease>();

  async function using<T>(lease: Lease | undefined, run: () => Promise<T>): Promise<T> {
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

  return {
    async probe(request) {
      const site = siteOfHost(new URL(request.url).hostname)?.name;
      const lease = site === undefined ? undefined : await jars.lend(site, request.dir);
      const cookies = lease && { cookies: lease.path };
      const info = await using(lease, () => ytdlp.probe({ ...request, ...cookies }));
      if (lease) leases.set(info, lease);
      return info;
    },
    download(request) {
      const lease = leases.get(request.info);
      const cookies = lease && { cookies: lease.path };
      return using(lease, () => ytdlp.download({ ...request, ...cookies }));
    },
  };
}
