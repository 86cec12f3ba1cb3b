/**
 * Netscape cookie files, as browsers' add-ons write them and yt-dlp reads them: seven fields by
 * tabs, `#HttpOnly_` before a domain, other lines with `#` are comments
 * (https://curl.se/docs/http-cookies.html).
 */

export interface Cookie {
  /** As written: with a dot in front when subdomains are meant. */
  domain: string;
  subdomains: boolean;
  path: string;
  secure: boolean;
  /** Seconds since the epoch; 0 for the length of a session. */
  expires: number;
  name: string;
  value: string;
  httpOnly: boolean;
}

const HTTP_ONLY = '#HttpOnly_';

/** The cookies of a text, or undefined when it is no cookie file at all. */
export function parseCookies(text: string): Cookie[] | undefined {
  const cookies: Cookie[] = [];
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const httpOnly = line.startsWith(HTTP_ONLY);
    if (line.trim() === '' || (line.startsWith('#') && !httpOnly)) continue;
    const cookie = parseLine(httpOnly ? line.slice(HTTP_ONLY.length) : line, httpOnly);
    if (!cookie) return undefined;
    cookies.push(cookie);
  }
  return cookies.length > 0 ? cookies : undefined;
}

function parseLine(line: string, httpOnly: boolean): Cookie | undefined {
  const [domain, subdomains, path, secure, expires, name, value = '', ...more] = line.split('\t');
  if (!domain || !path?.startsWith('/') || !name || more.length > 0) return undefined;
  if (!isFlag(subdomains) || !isFlag(secure) || !/^-?\d+(\.\d+)?$/.test(expires ?? '')) {
    return undefined;
  }
  return {
    ...{ domain, path, name, value, httpOnly },
    subdomains: subdomains === 'TRUE',
    secure: secure === 'TRUE',
    expires: Math.max(0, Math.floor(Number(expires))),
  };
}

const isFlag = (text: string | undefined) => text === 'TRUE' || text === 'FALSE';
const flag = (on: boolean) => (on ? 'TRUE' : 'FALSE');

export const formatCookies = (cookies: readonly Cookie[]): string =>
  ['# Netscape HTTP Cookie File', ...cookies.map(formatLine), ''].join('\n');

const formatLine = (c: Cookie): string =>
  [
    `${c.httpOnly ? HTTP_ONLY : ''}${c.domain}`,
    flag(c.subdomains),
    ...[c.path, flag(c.secure), String(c.expires), c.name, c.value],
  ].join('\t');

/** What makes two lines the same cookie. */
export const cookieKey = ({ domain, path, name }: Cookie): string => `${domain}\t${path}\t${name}`;

export const isExpired = ({ expires }: Cookie, now: number): boolean =>
  expires > 0 && expires * 1000 <= now;
