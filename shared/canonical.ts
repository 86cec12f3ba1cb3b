/**
 * One address and one key for each thing, however its link was copied: the key is half of the
 * file-id cache's key and what two people asking for the same thing at once have in common.
 */
import type { ErrorCode } from './errors.ts';
import { type Form, type Site, siteOfHost } from './sites.ts';
import { cleanQuery, domainOf, plainUrl } from './url.ts';

export type Canonical =
  | {
      ok: true;
      /** What is fetched. */
      url: string;
      /** `youtube:dQw4w9WgXcQ`, or `url:` and the plain address where no rule knows the site. */
      key: string;
      /** Short name for breakers and statistics: `youtube`, `example.com`, `127.0.0.1:8080`. */
      site: string;
      /** A playlist, channel or profile: many things behind one link. */
      list: boolean;
    }
  | { ok: false; code: Extract<ErrorCode, 'bad_link' | 'unsupported_link'> };

type Values = Record<string, string>;

/** Named groups and query parameters, or undefined when the form is another's. */
function match(form: Form, url: URL, path: string): Values | undefined {
  if (form.hosts && !form.hosts.includes(url.hostname)) return undefined;
  const groups = form.path.exec(path);
  if (!groups) return undefined;
  const values: Values = { ...groups.groups };
  for (const [name, pattern] of Object.entries(form.query ?? {})) {
    const value = url.searchParams.get(name);
    const found = value === null ? null : pattern.exec(value);
    if (value === null || !found) return undefined;
    Object.assign(values, { [name]: value }, found.groups);
  }
  return values;
}

const fill = (template: string, values: Values) =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');

function byForm(site: Site, url: URL): Canonical | undefined {
  const path = url.pathname.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  for (const form of site.forms ?? []) {
    const values = match(form, url, path);
    if (!values) continue;
    const key = `${site.name}:${fill(form.key ?? '{id}', values)}`;
    return {
      ok: true,
      url: fill(form.url, values),
      key,
      site: site.name,
      list: form.list ?? false,
    };
  }
  return undefined;
}

/**
 * The canonical form of a link as found in a message. Never fetches anything: short links that
 * only their site can resolve (`vm.tiktok.com/…`, `fb.watch/…`) stay themselves.
 */
export function canonicalise(raw: string): Canonical {
  const url = plainUrl(raw);
  if (!url) return { ok: false, code: 'bad_link' };
  const site = siteOfHost(url.hostname);
  if (site?.unsupported) return { ok: false, code: 'unsupported_link' };
  const known = site && byForm(site, url);
  if (known) return known;
  url.search = cleanQuery(url.search, site?.strip);
  const name = site?.name ?? domainOf(url);
  return { ok: true, url: url.href, key: `url:${url.href}`, site: name, list: false };
}
