/** A web address in its one plain spelling, whatever site it belongs to. */

const MAX_URL = 2048;

/** Parameters that only say who shared a link; seen on any site. */
const TRACKING = new Set([
  'fbclid',
  'gclid',
  'gclsrc',
  'dclid',
  'gbraid',
  'wbraid',
  'msclkid',
  'yclid',
  'ysclid',
  'twclid',
  'ttclid',
  'li_fat_id',
  'igshid',
  'igsh',
  'mc_cid',
  'mc_eid',
  '_ga',
  '_gl',
  '_hsenc',
  '_hsmi',
  'oly_anon_id',
  'oly_enc_id',
  'vero_id',
  'wickedid',
  's_cid',
  'rb_clickid',
  'mkt_tok',
  'ref_src',
  'ref_url',
  'srsltid',
  'spm',
  '_openstat',
  'cmpid',
  '__twitter_impression',
  'guccounter',
  'guce_referrer',
  'guce_referrer_sig',
  '_branch_match_id',
  '_branch_referrer',
  'at_medium',
  'at_campaign',
  'wt_mc',
  'hsCtaTracking',
  'ns_mchannel',
  'ns_source',
  'ns_campaign',
  'zanpid',
  'epik',
]);
const TRACKING_PREFIXES = ['utm_', 'pk_', 'mtm_', 'matomo_', 'hsa_', 'itm_', 'ga_', 'stm_'];

const isTracking = (name: string, extra: ReadonlySet<string>) =>
  TRACKING.has(name) ||
  extra.has(name) ||
  TRACKING_PREFIXES.some((prefix) => name.startsWith(prefix));

/**
 * The query without tracking, the rest as written and in order: a signed address would break
 * if it were parsed and written again.
 */
export function cleanQuery(search: string, extra: Iterable<string> = []): string {
  const strip = new Set(extra);
  const kept = search
    .replace(/^\?/, '')
    .split('&')
    .filter((pair) => pair !== '' && !isTracking(decoded(pair.split('=', 1)[0] ?? ''), strip));
  return kept.length > 0 ? `?${kept.join('&')}` : '';
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // Not percent-encoding: the name is what it is.
  }
}

/**
 * Parses an address as a browser would and drops what never reaches a server: fragment (also the
 * one yt-dlp smuggles its options in), default port, the trailing dot of the host. Undefined for
 * other schemes, credentials, backslashes, spaces and control characters, and over 2048 characters.
 */
export function plainUrl(raw: string): URL | undefined {
  const text = raw.trim();
  // WHATWG would silently mend these; servers and yt-dlp would read them otherwise.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is refused
  if (text.length > MAX_URL || /[\\\s\u0000-\u001f\u007f]/.test(text)) return undefined;
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username || url.password || /^[a-z]+:\/\/[^/?#]*@/i.test(text)) return undefined;
  url.hash = '';
  const host = url.hostname.replace(/\.$/, '');
  if (host === '' || host.startsWith('.') || host.includes('..') || host.endsWith('.'))
    return undefined;
  if (host !== url.hostname) url.hostname = host;
  return url.href.length > MAX_URL ? undefined : url;
}

const SECOND_LEVEL = new Set([
  'co',
  'com',
  'net',
  'org',
  'ac',
  'gov',
  'edu',
  'or',
  'ne',
  'go',
  'id',
  'sch',
]);

/**
 * A name for breakers and statistics: about the domain somebody registered (no list of public
 * suffixes: a wrong guess merges or splits two small sites, no more). Addresses of numbers and
 * names without a dot keep their port, because two servers there are two sites.
 */
export function domainOf(url: URL): string {
  const { hostname } = url;
  if (!hostname.includes('.') || hostname.startsWith('[') || /^[\d.]+$/.test(hostname))
    return url.host;
  const labels = hostname.split('.');
  const country = (labels.at(-1) ?? '').length === 2 && SECOND_LEVEL.has(labels.at(-2) ?? '');
  return labels.slice(country ? -3 : -2).join('.');
}
