/** Whether the accounts are still signed in, and for how long. */
import { siteTitle } from '../../shared/sites.ts';
import { found, type HealthSource } from '../health/check.ts';
import type { CookieJars } from './jars.ts';

const SOON_MS = 3 * 24 * 3_600_000;

export const cookiesSource = (
  jars: Pick<CookieJars, 'list'>,
  now: () => number = Date.now,
): HealthSource => ({
  name: 'cookies',
  async check() {
    const all = await jars.list();
    const named = (facts: (typeof all)[number]) =>
      `${siteTitle(facts.site, 'en')} (${facts.account})`;
    const dead = all.filter((jar) => !jar.signedIn || jar.restingUntil !== undefined).map(named);
    const ending = all.filter(({ expires }) => expires && expires - now() < SOON_MS).map(named);
    const detail =
      dead.length > 0
        ? `not signed in: ${dead.join(', ')}`
        : ending.length > 0
          ? `the login ends within 3 days: ${ending.join(', ')}`
          : all.length > 0
            ? `${all.length} signed in`
            : 'none, everything is fetched without signing in';
    const facts = { jars: all.length, dead: dead.length, ending: ending.length };
    const state = dead.length + ending.length > 0 ? 'warn' : 'ok';
    return found({ name: 'cookies', state, detail, facts }, 'send fresh cookies: /cookies');
  },
});
