/** `/circuit`: the breaker of each platform, with buttons to open and close it by hand. */
import type { CircuitFacts } from '../../shared/texts/catalogue/admin.ts';
import type { Talk } from '../chat/parts.ts';
import { groupBy } from '../group-by.ts';
import {
  type AdminCommand,
  type AdminParts,
  type AdminPress,
  answer,
  button,
  pairs,
  replace,
  type Screen,
  wordsOf,
} from './parts.ts';

/** Shown also while nobody asks for them. */
const ALWAYS = ['youtube', 'instagram', 'tiktok', 'x', 'aparat'];
const MOST_SITES = 12;
const DAY_MS = 24 * 3_600_000;

async function sitesOf({ breakers, store, now }: AdminParts): Promise<CircuitFacts[]> {
  const known = new Map(breakers.list().map((view) => [view.site, view]));
  const lately = [...(await store.tallies.since(now() - DAY_MS))].sort((a, b) => b.jobs - a.jobs);
  const waiting = groupBy(await store.jobs.waiting(), ({ site }) => site);
  const names = new Set([...known.keys(), ...ALWAYS, ...lately.map(({ site }) => site)]);
  return [...names].slice(0, MOST_SITES).map((site) => {
    const view = known.get(site);
    const failures = view?.recent.filter(({ failed }) => failed).length ?? 0;
    const { phase = 'closed', until, why } = view ?? {};
    return { site, phase, until, why, failures, waiting: waiting.get(site)?.length ?? 0 };
  });
}

async function screen(parts: AdminParts, talk: Talk): Promise<Screen> {
  const words = wordsOf(talk).circuit;
  const sites = await sitesOf(parts);
  const buttons = sites.flatMap(({ site, phase }) =>
    phase === 'closed'
      ? button(words.pause(site), 'open', site)
      : button(words.resume(site), 'shut', site),
  );
  return { text: words.page({ sites }), keyboard: pairs(buttons) };
}

export const circuit: AdminCommand = async (parts, talk) => {
  await answer(parts, talk, await screen(parts, talk));
};

const byHand =
  (action: 'open' | 'close'): AdminPress =>
  async (parts, talk, site, press) => {
    parts.breakers[action](site);
    const { now, store, user } = { ...parts, user: talk.user };
    await store.audit.add({
      at: now(),
      userId: user.id,
      action: `breaker_${action}`,
      detail: site,
    });
    await replace(parts, talk, press, await screen(parts, talk));
    return 'done';
  };

export const pressOpen = byHand('open');
export const pressClose = byHand('close');
