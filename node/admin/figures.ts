/** Tallies added up: how many, how well, how fast. */
import { ERRORS, type ErrorCode, factOf } from '../../shared/errors.ts';
import type { FiguresFacts, SiteFigures } from '../../shared/texts/catalogue/admin.ts';
import { groupBy } from '../group-by.ts';
import type { Tally } from '../store/tallies.ts';
import { percentile, type Timing } from '../store/timings.ts';

type Sums = Omit<FiguresFacts, 'people' | 'fresh'>;

const MOST_SITES = 8;
const MOST_ERRORS = 5;

/** A list that asks what to take of it is a question; what is taken are jobs of their own. */
export const isEnd = ({ outcome }: Tally): boolean => outcome !== 'playlist_link';

export const isDelivered = (outcome: string): boolean => ['done', 'cached'].includes(outcome);

/**
 * Whether an outcome says how well the bot works: what a person asked for in vain (a private
 * video, a wrong link) and what they stopped themselves does not.
 */
function isJudged(outcome: string): boolean {
  if (isDelivered(outcome)) return true;
  if (outcome === 'cancelled' || outcome === 'blocked_by_user') return false;
  if (!Object.hasOwn(ERRORS, outcome)) return true;
  const { blame, retry } = factOf(outcome as ErrorCode);
  return blame !== 'user' && !(blame === 'site' && retry === 'never');
}

const sum = (rows: readonly Tally[], of: 'jobs' | 'bytes' = 'jobs'): number =>
  rows.reduce((total, row) => total + row[of], 0);

/** Percent of the judged jobs that were delivered. */
export function rateOf(rows: readonly Tally[]): number | undefined {
  const judged = sum(rows.filter(({ outcome }) => isJudged(outcome)));
  const delivered = sum(rows.filter(({ outcome }) => isDelivered(outcome)));
  return judged > 0 ? (delivered / judged) * 100 : undefined;
}

export function figuresOf(all: readonly Tally[], timings: readonly Timing[]): Sums {
  const tallies = all.filter(isEnd);
  const where = (fits: (outcome: string) => boolean) =>
    tallies.filter(({ outcome }) => fits(outcome));
  const cancelled = sum(where((outcome) => outcome === 'cancelled'));
  const delivered = sum(where(isDelivered));
  const jobs = sum(tallies);
  return {
    jobs,
    delivered,
    cancelled,
    failed: jobs - delivered - cancelled,
    rate: rateOf(tallies),
    cached: sum(where((outcome) => outcome === 'cached')),
    bytes: sum(where(isDelivered), 'bytes'),
    sites: sitesOf(tallies, timings).slice(0, MOST_SITES),
    errors: errorsOf(tallies).slice(0, MOST_ERRORS),
  };
}

/** The busiest first. */
export function sitesOf(tallies: readonly Tally[], timings: readonly Timing[]): SiteFigures[] {
  const bySite = groupBy(tallies.filter(isEnd), ({ site }) => site);
  return [...bySite]
    .map(([site, rows]) => {
      const times = timings.filter((timing) => timing.site === site);
      const seconds = (percent: number) => {
        const ms = percentile(times, percent);
        return ms === undefined ? undefined : ms / 1000;
      };
      return { site, jobs: sum(rows), rate: rateOf(rows), p50: seconds(50), p95: seconds(95) };
    })
    .sort((a, b) => b.jobs - a.jobs);
}

function errorsOf(tallies: readonly Tally[]): { code: string; jobs: number }[] {
  const failures = tallies.filter(
    ({ outcome }) => !isDelivered(outcome) && outcome !== 'cancelled',
  );
  return [...groupBy(failures, ({ outcome }) => outcome)]
    .map(([code, rows]) => ({ code, jobs: sum(rows) }))
    .sort((a, b) => b.jobs - a.jobs);
}
