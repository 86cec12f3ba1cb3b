/** Which links a new yt-dlp is tried on. */
import type { Store } from '../store/store.ts';
import type { Records } from './records.ts';

/** Each costs every site two or three extractions. */
export const MOST_LINKS = 5;
const WEEK_MS = 7 * 24 * 3_600_000;

export interface LinksParts {
  records: Pick<Records, 'links'>;
  store: Pick<Store, 'tallies' | 'delivered'>;
  /** Where nothing was delivered yet: the sandbox has links of its own. */
  samples: readonly string[];
  now(): number;
}

/** The admin's, else the last link that was delivered of each of the busiest sites. */
export async function probeLinks({ records, store, samples, now }: LinksParts): Promise<string[]> {
  const chosen = await records.links();
  if (chosen) return chosen.slice(0, MOST_LINKS);
  const jobs = new Map<string, number>();
  for (const tally of await store.tallies.since(now() - WEEK_MS)) {
    if (tally.outcome === 'done') jobs.set(tally.site, (jobs.get(tally.site) ?? 0) + tally.jobs);
  }
  const busiest = [...jobs].sort(([, a], [, b]) => b - a).map(([site]) => site);
  const links: string[] = [];
  for (const site of busiest) {
    const url = links.length < MOST_LINKS ? await store.delivered.lastOf(site) : undefined;
    if (url) links.push(url);
  }
  return links.length > 0 ? links : samples.slice(0, MOST_LINKS);
}
