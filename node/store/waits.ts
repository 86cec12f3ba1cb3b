/** How long jobs take, from those that were delivered lately. */
import { and, desc, eq, isNotNull } from 'drizzle-orm';
import type { Db } from './open.ts';
import { jobs } from './schema.ts';

/** Median ms from a job's start to its end. */
export interface Typical {
  /** Of the site, else of all sites together; undefined while nothing was measured. */
  of(site: string): number | undefined;
}

export interface Waits {
  typical(): Promise<Typical>;
}

/** Enough for a median of the busy sites; older ones tell of another network. */
export const LATELY = 300;
/** No job runs so long: the clock jumped in between, and the median of a few would be hours. */
const JUMPED_MS = 3_600_000;
/** Fewer of one site are chance. */
const ENOUGH = 3;

export function waitStore(db: Db): Waits {
  return {
    async typical() {
      const rows = db
        .select({ site: jobs.site, from: jobs.startedAt, to: jobs.finishedAt })
        .from(jobs)
        .where(and(eq(jobs.state, 'done'), eq(jobs.fromCache, 0), isNotNull(jobs.startedAt)))
        .orderBy(desc(jobs.finishedAt))
        .limit(LATELY)
        .all();
      return typicalOfRows(rows);
    },
  };
}

/** `from` and `to` are ms since the epoch. */
export function typicalOfRows(
  rows: readonly { site: string; from: number | null; to: number | null }[],
): Typical {
  const times = rows.map(({ site, from, to }) => ({ site, ms: (to ?? 0) - (from ?? 0) }));
  return typicalOf(times.filter(({ ms }) => ms > 0 && ms < JUMPED_MS));
}

export function typicalOf(times: readonly { site: string; ms: number }[]): Typical {
  const bySite = new Map<string, number[]>();
  for (const { site, ms } of times) bySite.set(site, [...(bySite.get(site) ?? []), ms]);
  const all = median(times.map(({ ms }) => ms));
  const sites = new Map(
    [...bySite].flatMap(([site, list]) =>
      list.length >= ENOUGH ? [[site, median(list)] as const] : [],
    ),
  );
  return { of: (site) => sites.get(site) ?? all };
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
