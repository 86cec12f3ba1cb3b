/**
 * The honest waiting line: everybody's place and expected wait, reckoned from how long jobs of
 * each site took lately and told again whenever the line moves.
 */
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Typical } from '../store/waits.ts';

export interface WaitingLineParts {
  store: Pick<Store, 'jobs' | 'waits'>;
  board: Pick<Board, 'show'>;
  /** Places for jobs that run at once, of all nodes. */
  places(): number;
  running(): Iterable<Pick<JobRow, 'site' | 'startedAt'>>;
  pausedSites(): readonly string[];
  /** Nothing starts just now, and those who wait have been told why. */
  held(): boolean;
  log: Log;
  now(): number;
}

/** 1 is next; `wait` in seconds, absent while nothing was measured or nobody is ahead. */
export interface Place {
  position: number;
  wait?: number | undefined;
}

export interface WaitingLine {
  /** The place of every job that waits for a free one, by job id. */
  places(): Promise<Map<number, Place>>;
  /** Somebody came, started or ended: those who wait are told soon. */
  moved(): void;
  stop(): void;
}

/** Moves within this time are told once; the board paces the edits themselves. */
const SETTLE_MS = 2000;
/** A job that runs longer than usual will not end this very moment. */
const LEAST_SHARE = 0.1;

export function createWaitingLine(parts: WaitingLineParts): WaitingLine {
  const { store, board, log, now } = parts;
  let timer: NodeJS.Timeout | undefined;

  async function waiting(): Promise<JobRow[]> {
    const order = await store.jobs.order();
    if (order.length === 0) return [];
    const rows = new Map((await store.jobs.waiting()).map((job) => [job.id, job]));
    const paused = new Set(parts.pausedSites());
    return order.flatMap((id) => {
      const job = rows.get(id);
      return job && job.notBefore <= now() && !paused.has(job.site) ? [job] : [];
    });
  }

  async function placed(jobs: JobRow[]): Promise<Map<number, Place>> {
    if (jobs.length === 0) return new Map();
    const typical = await store.waits.typical();
    const waits = waitsOf(jobs, busyFor([...parts.running()], typical, now()), {
      typical,
      places: parts.places(),
    });
    return new Map(jobs.map(({ id }, at) => [id, { position: at + 1, wait: waits[at] }]));
  }

  async function tell(): Promise<void> {
    if (parts.held()) return;
    const jobs = await waiting();
    const places = await placed(jobs);
    const told = new Set<number>();
    for (const job of jobs) {
      const place = places.get(job.id);
      // Jobs of one update share a message: the first of them speaks for all.
      if (!place || told.has(job.updateId)) continue;
      told.add(job.updateId);
      board.show(job, (texts) => texts.status.queued(place));
    }
  }

  return {
    places: async () => placed(await waiting()),
    moved() {
      timer ??= setTimeout(() => {
        timer = undefined;
        tell().catch((err) => log.warn({ err }, 'those who wait could not be told'));
      }, SETTLE_MS).unref();
    },
    stop: () => clearTimeout(timer),
  };
}

/** For how many more ms each running job holds its place; undefined where nothing was measured. */
function busyFor(
  running: Pick<JobRow, 'site' | 'startedAt'>[],
  typical: Typical,
  now: number,
): (number | undefined)[] {
  return running.map(({ site, startedAt }) => {
    const usual = typical.of(site);
    if (usual === undefined) return undefined;
    return Math.max(usual * LEAST_SHARE, usual - (now - (startedAt ?? now)));
  });
}

/** Seconds until each job starts: every job takes the place that becomes free first. */
export function waitsOf(
  jobs: readonly Pick<JobRow, 'site'>[],
  busy: readonly (number | undefined)[],
  { typical, places }: { typical: Typical; places: number },
): (number | undefined)[] {
  if (busy.includes(undefined)) return jobs.map(() => undefined);
  const known = busy.flatMap((ms) => (ms === undefined ? [] : [ms])).sort((a, b) => a - b);
  const free = [...new Array<number>(Math.max(0, places - known.length)).fill(0), ...known];
  return jobs.map(({ site }) => {
    const usual = typical.of(site);
    const next = free.shift();
    if (usual === undefined || next === undefined) return undefined;
    free.push(next + usual);
    free.sort((a, b) => a - b);
    return next > 0 ? Math.ceil(next / 1000) : undefined;
  });
}
