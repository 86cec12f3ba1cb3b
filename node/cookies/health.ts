/** Whether the accounts are still signed in, and for how long. */
import { siteTitle } from '../../shared/sites.ts';
import type { CookieFacts } from '../../shared/texts/catalogue/admin.ts';
import { type Check, found, type HealthSource } from '../health/check.ts';
import type { CookieJars } from './jars.ts';

const SOON_MS = 3 * 24 * 3_600_000;

/** The site threw it out, now or when it was last probed, or its cookies say nothing of a login. */
const isDead = ({ signedIn, restingUntil, probed }: CookieFacts): boolean =>
  !signedIn || restingUntil !== undefined || probed?.alive === false;

export const cookiesSource = (
  jars: Pick<CookieJars, 'list'>,
  now: () => number = Date.now,
): HealthSource => ({
  name: 'cookies',
  async check() {
    const all = await jars.list();
    const named = ({ site, account }: CookieFacts) => `${siteTitle(site, 'en')} (${account})`;
    const dead = all.filter(isDead);
    const ending = all.filter(({ expires }) => expires && expires - now() < SOON_MS);
    const facts = { jars: all.length, dead: dead.length, ending: ending.length };
    const check = (detail: string, say: NonNullable<Check['say']>): Check => {
      const state = dead.length + ending.length > 0 ? 'warn' : 'ok';
      const one = { name: 'cookies', state, detail, say, facts } as const;
      return found(one, 'send fresh cookies: /cookies');
    };
    if (dead.length > 0)
      return check(`not signed in: ${dead.map(named).join(', ')}`, (d) => d.cookies.dead(dead));
    if (ending.length > 0) {
      const names = ending.map(named).join(', ');
      return check(`the login ends within 3 days: ${names}`, (d) => d.cookies.ending(ending));
    }
    if (all.length > 0) return check(`${all.length} signed in`, (d) => d.cookies.fine(all.length));
    return check('none, everything is fetched without signing in', (d) => d.cookies.none);
  },
});
