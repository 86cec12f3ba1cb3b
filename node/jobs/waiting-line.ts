/**
 * The honest waiting line: everybody's place and expected wait, reckoned from how long jobs of
 * each site took lately and told again whenever the line moves.
 *
 * A line of thousands is not reckoned for each who joins it, and not told to all at once: a bot may
 * send so few messages that most would be wrong by the time they left.
 */
import type { Texts } from '../../shared/texts/catalogue.ts';
import { steadyNow } from '../clock.ts';
import type { Log } from '../log.ts';
import type { QueuedJob } from '../store/jobs.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Typical } from '../store/waits.ts';

export interface WaitingLineParts {
  store: Pick<Store, 'jobs' | 'waits'>;
  board: { show(job: QueuedJob, line: (texts: Texts) => string): void };
  /** Places for jobs that run at once, of all nodes. */
  places(): number;
  running(): Iterable<Pick<JobRow, 'site' | 'startedAt'>>;
  pausedSites(): readonly string[];
  /** Nothing starts just now, and those who wait have been told why. */
  held(): boolean;
  log: Log;
  now(): number;
  /** ms that no change of the wall clock moves. */
  steady?: () => number;
}

/** 1 is next; `wait` in seconds, absent while nothing was measured or nobody is ahead. */
export interface Place {
  position: number;
  wait?: number | undefined;
}

export interface WaitingLine {
  /** The place of a job that has just joined. */
  place(job: Pick<JobRow, 'id'>): Promise<Place>;
  /** The place as it was reckoned last; undefined when the job was not in line then. */
  lately(job: Pick<JobRow, 'id'>): Place | undefined;
  /** Somebody came, started or ended: those who wait are told soon. */
  moved(): void;
  stop(): void;
}

/** Moves within this time are told once; the board paces the edits themselves. */
const SETTLE_MS = 2000;
/** From here on who joins is placed behind the last one known, for as long as moves settle. */
const LONG = 100;
/** Those in front are told of every move, of the others so many in turn. */
const FRONT = 20;
const IN_TURN = 20;
/** A job near its usual end will not end this very moment. */
const LEAST_SHARE = 0.1;
/** One that runs longer than usual is slow, and goes on being slow: this much of its time again. */
const OVERDUE_SHARE = 0.5;
/** ms; more than that is a clock that jumped rather than a job that is slow. */
const OVERDUE_MOST = 600_000;

/** The line as it was reckoned last. */
interface Reckoned {
  jobs: QueuedJob[];
  places: Map<number, Place>;
  at: number;
  /** Who joined since. */
  joined: number;
}

export function createWaitingLine(parts: WaitingLineParts): WaitingLine {
  const { store, board, log, now, steady = steadyNow } = parts;
  let timer: NodeJS.Timeout | undefined;
  let known: Reckoned | undefined;
  let turn = 0;

  async function waiting(): Promise<QueuedJob[]> {
    const paused = new Set(parts.pausedSites());
    const order = await store.jobs.order();
    return order.filter(({ notBefore, site }) => notBefore <= now() && !paused.has(site));
  }

  async function reckon(): Promise<Reckoned> {
    const jobs = await waiting();
    const places = await placed(jobs);
    known = { jobs, places, at: steady(), joined: 0 };
    return known;
  }

  async function placed(jobs: QueuedJob[]): Promise<Map<number, Place>> {
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
    const { jobs, places } = await reckon();
    // Jobs of one update share a message: the first of them speaks for all.
    const first = new Map([...jobs].reverse().map((job) => [job.updateId, job]));
    const speakers = jobs.filter((job) => first.get(job.updateId) === job);
    for (const job of [...speakers.slice(0, FRONT), ...inTurn(speakers.slice(FRONT))]) {
      const place = places.get(job.id);
      if (place)
        board.show(job, (texts) => texts.status.queued(known?.places.get(job.id) ?? place));
    }
  }

  function inTurn(others: QueuedJob[]): QueuedJob[] {
    if (turn >= others.length) turn = 0;
    const now = others.slice(turn, turn + IN_TURN);
    turn += IN_TURN;
    return now;
  }

  return {
    async place({ id }) {
      const last = known?.jobs.at(-1);
      if (known && last && known.jobs.length > LONG && steady() - known.at < SETTLE_MS) {
        known.joined += 1;
        const position = known.jobs.length + known.joined;
        return { position, wait: known.places.get(last.id)?.wait };
      }
      return (await reckon()).places.get(id) ?? { position: 1 };
    },
    lately: ({ id }) => known?.places.get(id),
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
export function busyFor(
  running: Pick<JobRow, 'site' | 'startedAt'>[],
  typical: Typical,
  now: number,
): (number | undefined)[] {
  return running.map(({ site, startedAt }) => {
    const usual = typical.of(site);
    if (usual === undefined) return undefined;
    const elapsed = Math.max(0, now - (startedAt ?? now));
    const overdue = elapsed > usual ? Math.min(elapsed * OVERDUE_SHARE, OVERDUE_MOST) : 0;
    return Math.max(usual * LEAST_SHARE, usual - elapsed, overdue);
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
