/**
 * The circuit breaker of one site as a pure state machine: time and chance come in from outside.
 *
 *   closed ──8 of the last 20 failed, or told how long to stay away──▶ open
 *     ▲                                                                 │ its time is over
 *     └──────────── the probe succeeded ──── half-open ◀────────────────┘
 *                                              │ the probe failed, or two told nothing
 *                                              └──▶ open again, twice as long
 *
 * While half-open one real job goes through at a time. A probe can end without a word about the
 * site (a private video, a cancel); the next job is then the probe, but only once per opening:
 * a queue full of private videos would otherwise knock at the site without pause.
 */
import * as v from 'valibot';

const WINDOW = 20;
const FAILURES_TO_OPEN = 8;
/** Probes of one half-open period. */
const MAX_PROBES = 2;
/** Outcomes older than this say nothing about the site now, ms. */
const STALE_MS = 60 * 60_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 30 * 60_000;
/** An operator's pause, ms. Not for ever: a site closed by hand is easily forgotten. */
const HAND_PAUSE_MS = 60 * 60_000;
/** Jitter only ever lengthens, so that the number of probes in a time stays bounded. */
const JITTER = 0.2;
/** A site that names a shorter wait is asked again by the job itself. */
const LONG_WAIT_MS = 60_000;
const LONGEST_TOLD_MS = 6 * 60 * 60_000;

const Outcome = v.object({ at: v.number(), failed: v.boolean() });

export const Breaker = v.object({
  phase: v.picklist(['closed', 'open', 'half_open']),
  /** The last outcomes, oldest first. */
  recent: v.array(Outcome),
  /** Openings in a row without a success between them. */
  openings: v.number(),
  /** While open: when the first probe may go, ms since the epoch. */
  until: v.optional(v.number()),
  /** The error code that opened it, or `hand`. */
  why: v.optional(v.string()),
  /** Since when it is not closed, ms since the epoch. */
  since: v.optional(v.number()),
  /** While half-open: the job that is the probe, and how many there were. */
  probe: v.optional(v.number()),
  probes: v.optional(v.number()),
});
export type Breaker = v.InferOutput<typeof Breaker>;

export interface Failure {
  code: string;
  /** Until when the site wants to be left alone, ms since the epoch, when it said so. */
  until?: number | undefined;
}

export interface Moment {
  now: number;
  /** 0–1. */
  random: number;
}

export const CLOSED: Breaker = { phase: 'closed', recent: [], openings: 0 };

/** Nothing worth remembering: the site is well and was well lately. */
export const isClean = ({ phase, recent }: Breaker, now: number): boolean =>
  phase === 'closed' && !fresh(recent, now).some(({ failed }) => failed);

/** Time alone moves a breaker only from open to half-open. */
export function at(breaker: Breaker, now: number): Breaker {
  if (breaker.phase !== 'open' || (breaker.until ?? 0) > now) return breaker;
  const { until: _over, ...rest } = breaker;
  return { ...rest, phase: 'half_open', probes: 0 };
}

/** Whether a job of the site may start now. */
export const mayStart = ({ phase, probe }: Breaker): boolean =>
  phase === 'closed' || (phase === 'half_open' && probe === undefined);

/** A job starts to ask the site; the first of a half-open period is its probe. */
export function started(breaker: Breaker, job: number): Breaker {
  if (breaker.phase !== 'half_open' || breaker.probe !== undefined) return breaker;
  return { ...breaker, probe: job, probes: (breaker.probes ?? 0) + 1 };
}

/** The site delivered: whatever phase, whoever asked, it works. */
export function succeeded(breaker: Breaker, { now }: Moment): Breaker {
  const recent = breaker.phase === 'closed' ? breaker.recent : [];
  return { phase: 'closed', openings: 0, recent: [...fresh(recent, now), ok(now)].slice(-WINDOW) };
}

export function failed(breaker: Breaker, job: number, failure: Failure, moment: Moment): Breaker {
  const { now } = moment;
  const recent = [...fresh(breaker.recent, now), { at: now, failed: true }].slice(-WINDOW);
  const next = { ...breaker, recent };
  if (longWait(failure, now)) return opened(next, failure, moment);
  // Jobs that were under way when it opened say nothing new.
  if (next.phase === 'open') return next;
  if (next.phase === 'half_open') return next.probe === job ? opened(next, failure, moment) : next;
  const failures = recent.filter((outcome) => outcome.failed).length;
  return failures >= FAILURES_TO_OPEN ? opened(next, failure, moment) : next;
}

/** The job ended without a word about the site. */
export function released(breaker: Breaker, job: number, moment: Moment): Breaker {
  if (breaker.phase !== 'half_open' || breaker.probe !== job) return breaker;
  const { probe: _ended, ...rest } = breaker;
  if ((breaker.probes ?? 0) < MAX_PROBES) return rest;
  return opened(rest, { code: breaker.why ?? 'site_error' }, moment);
}

export const openedByHand = (breaker: Breaker, now: number): Breaker => ({
  ...{ phase: 'open', recent: breaker.recent, openings: breaker.openings, why: 'hand' },
  ...{ since: breaker.since ?? now, until: now + HAND_PAUSE_MS },
});

function opened(breaker: Breaker, failure: Failure, moment: Moment): Breaker {
  const { now, random } = moment;
  const openings = breaker.openings + 1;
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (openings - 1));
  const own = now + Math.round(pause * (1 + JITTER * random));
  const told = longWait(failure, now) ?? 0;
  const until = Math.max(own, told, breaker.phase === 'open' ? (breaker.until ?? 0) : 0);
  const { recent } = breaker;
  return { phase: 'open', recent, openings, until, why: failure.code, since: breaker.since ?? now };
}

/** A wait the site named that is longer than a job would wait by itself; cut at six hours. */
function longWait({ until }: Failure, now: number): number | undefined {
  if (until === undefined || until - now < LONG_WAIT_MS) return undefined;
  return Math.min(until, now + LONGEST_TOLD_MS);
}

const ok = (now: number) => ({ at: now, failed: false });
const fresh = (recent: Breaker['recent'], now: number) =>
  recent.filter((outcome) => now - outcome.at < STALE_MS);
