/**
 * The sandbox asks nobody for a password, and its admin may do anything. So no page of a stranger
 * that stands open in the same browser may speak to it: neither from its own address (every request
 * a page sends tells where it comes from) nor by a name of its own that it points to this machine.
 */
import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { isLocalName } from '../egress/host.ts';

export const ownPagesOnly: MiddlewareHandler = async (c, next) => {
  const url = new URL(c.req.url);
  if (isStrangersName(url.hostname)) {
    const how = `Open the chat page by an address, such as http://127.0.0.1:${url.port || 80}/\n`;
    return c.text(how, 421);
  }
  const foreign = isForeign(c.req.header('origin'), url) || isFetchedByOthers(c, url);
  if (foreign) return c.text('Not for other pages\n', 403);
  return await next();
};

/** Whoever owns a domain can let it lead here; single words and local names nobody can own. */
function isStrangersName(hostname: string): boolean {
  const name = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return isIP(name) === 0 && name.includes('.') && !isLocalName(name);
}

/** Browsers send an origin with whatever changes something; programs send none. */
function isForeign(origin: string | undefined, { host }: URL): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

/** An image's address can be a call of the Bot API; a link to the chat page is only a link. */
function isFetchedByOthers(c: Context, { pathname }: URL): boolean {
  const site = c.req.header('sec-fetch-site');
  return pathname !== '/' && site !== undefined && site !== 'same-origin' && site !== 'none';
}
