/** The sites Postchi knows by name, and how a host finds its row. */
import type { Lang } from './format.ts';
import type { Site } from './sites/site.ts';
import { SOCIAL_SITES } from './sites/social.ts';
import { VIDEO_SITES } from './sites/video.ts';

export type { Form, Site } from './sites/site.ts';

export const SITES: readonly Site[] = [...VIDEO_SITES, ...SOCIAL_SITES];

const BY_HOST = new Map(SITES.flatMap((site) => site.hosts.map((host) => [host, site] as const)));
const BY_NAME = new Map(SITES.map((site) => [site.name, site]));

/** The row of a host or of the nearest domain above it; `m.youtube.com` finds YouTube. */
export function siteOfHost(hostname: string): Site | undefined {
  for (
    let host = hostname.toLowerCase();
    host.includes('.');
    host = host.slice(host.indexOf('.') + 1)
  ) {
    const site = BY_HOST.get(host);
    if (site) return site;
  }
  return undefined;
}

export const siteByName = (name: string): Site | undefined => BY_NAME.get(name);

/** What a person calls the site; a site without a row is called by its own name. */
export const siteTitle = (name: string, lang: Lang): string =>
  BY_NAME.get(name)?.title[lang] ?? name;

/** Names of the cookies that say whether a jar is signed in at the site. */
export function isSignedIn(site: Site, cookieNames: Iterable<string>): boolean {
  const names = new Set(cookieNames);
  return site.login?.every((group) => group.some((name) => names.has(name))) ?? false;
}
