/** The breakers of all sites: what the runner may claim, what people are told, what is kept. */
import { factOf, type JobError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import type { JobRow } from '../store/schema.ts';
import type { State } from '../store/state.ts';
import * as machine from './breaker.ts';
import { Breaker } from './breaker.ts';
import { EVERY_TURN, type ProbeTurns } from './probe-turns.ts';

type SiteJob = Pick<JobRow, 'id' | 'site'>;

/** What a running job tells the breaker of its site. */
export interface SiteWatch {
  started(job: SiteJob): void;
  /** The site gave what was asked for. */
  succeeded(job: SiteJob): void;
  /** Counts when the error's code is the site's fault, see `shared/errors.ts`. */
  failed(job: SiteJob, error: JobError): void;
  /** The job ended; called after whichever of the two above came. */
  ended(job: SiteJob): void;
  /** Until when jobs of the site wait, ms since the epoch; undefined when they do not. */
  pausedUntil(site: string): number | undefined;
}

export interface BreakerView extends Breaker {
  site: string;
}

export interface Breakers extends SiteWatch {
  pausedSites(): string[];
  /** Every site that failed lately, the open ones first. */
  list(): BreakerView[];
  open(site: string): void;
  close(site: string): void;
  /** Takes up what an earlier process knew. */
  restore(): Promise<void>;
  /** Another node may have changed the breaker of this site, of all without one. */
  reload(site?: string): Promise<void>;
  stop(): void;
}

export interface BreakersParts {
  state: State;
  log: Log;
  /** A site may have become claimable. */
  wake(): void;
  /** A site went from closed to open, or back. */
  onChange?: (view: BreakerView) => void;
  /** Another node did that, and has told whom it had to. */
  onHeard?: (view: BreakerView) => void;
  /** Which node may try a half-open site; this one without it. */
  turns?: ProbeTurns;
  now?: () => number;
  random?: () => number;
  setTimer?: (run: () => void, ms: number) => { cancel(): void };
}

const SPACE = 'breakers';
/** Where a probe under way ends is not known; waiting people are told this much, ms. */
const PROBE_GUESS_MS = 60_000;
/** Any host somebody sends a link of may fail: at this many the forgotten ones go. */
const MANY = 200;

const unrefTimer = (run: () => void, ms: number) => {
  const timer = setTimeout(run, ms).unref();
  return { cancel: () => clearTimeout(timer) };
};

export function createBreakers(parts: BreakersParts): Breakers {
  const { state, log, wake, now = Date.now, random = Math.random } = parts;
  const { turns = EVERY_TURN } = parts;
  const setTimer = parts.setTimer ?? unrefTimer;
  const known = new Map<string, Breaker>();
  const timers = new Map<string, { cancel(): void }>();

  const of = (site: string): Breaker => {
    const breaker = known.get(site);
    return breaker ? machine.at(breaker, now()) : machine.CLOSED;
  };
  const mayStart = (site: string, breaker: Breaker) =>
    machine.mayStart(breaker) && (breaker.phase !== 'half_open' || turns.may(site));
  const moment = () => ({ now: now(), random: random() });

  function keep(site: string, before: Breaker, after: Breaker): void {
    if (after === before) return;
    const clean = machine.isClean(after, now());
    if (clean) known.delete(site);
    else known.set(site, after);
    if (known.size > MANY) prune();
    if (clean && machine.isClean(before, now())) return;
    const saved = clean ? state.remove(SPACE, site) : state.set(SPACE, site, after, now());
    saved.catch((err) => log.error({ site, err }, 'a breaker could not be saved'));
    watchTime(site, after);
    tell(site, before, after);
    followTurn(site, after);
  }

  function followTurn(site: string, { phase, probe }: Breaker): void {
    if (phase !== 'half_open') turns.over(site);
    else if (probe !== undefined) turns.begun(site);
  }

  function prune(): void {
    for (const [site, breaker] of known) {
      if (!machine.isClean(breaker, now())) continue;
      known.delete(site);
      state.remove(SPACE, site).catch((err) => log.error({ site, err }, 'a breaker stayed'));
    }
  }

  /** The runner is woken when an open breaker's time is over. */
  function watchTime(site: string, { phase, until }: Breaker): void {
    timers.get(site)?.cancel();
    timers.delete(site);
    if (phase === 'open') timers.set(site, setTimer(wake, Math.max(0, (until ?? 0) - now())));
    else wake();
  }

  function tell(site: string, before: Breaker, after: Breaker): void {
    if (before.phase === after.phase && before.until === after.until) return;
    const { phase, until, why } = after;
    log.info({ site, phase, until, why }, 'breaker');
    parts.onChange?.({ site, ...after });
  }

  /** What another node saved; a probe is only known where it runs. */
  function heard(site: string, { probe: _theirs, ...saved }: Breaker): void {
    const before = of(site);
    const own = before.phase === 'half_open' && saved.phase !== 'closed' ? before.probe : undefined;
    const after = machine.at(own === undefined ? saved : { ...saved, probe: own }, now());
    if (machine.isClean(after, now())) known.delete(site);
    else known.set(site, after);
    if (before.phase === after.phase && before.until === after.until) return;
    watchTime(site, after);
    followTurn(site, after);
    parts.onHeard?.({ site, ...after });
  }

  const change = (site: string, move: (breaker: Breaker) => Breaker) => {
    const before = of(site);
    keep(site, before, move(before));
  };

  return {
    started: ({ id, site }) => change(site, (breaker) => machine.started(breaker, id)),
    succeeded: ({ site }) => change(site, (breaker) => machine.succeeded(breaker, moment())),
    failed({ id, site }, { code, facts }) {
      if (!factOf(code).breaker) return;
      const failure = { code, until: facts.until };
      change(site, (breaker) => machine.failed(breaker, id, failure, moment()));
    },
    ended: ({ id, site }) => change(site, (breaker) => machine.released(breaker, id, moment())),
    pausedUntil(site) {
      const breaker = of(site);
      if (mayStart(site, breaker)) return undefined;
      return breaker.until ?? now() + PROBE_GUESS_MS;
    },
    pausedSites: () => [...known.keys()].filter((site) => !mayStart(site, of(site))),
    list: () =>
      [...known.keys()]
        .map((site) => ({ site, ...of(site) }))
        .sort((a, b) => rank(a) - rank(b) || a.site.localeCompare(b.site)),
    open: (site) => change(site, (breaker) => machine.openedByHand(breaker, now())),
    close: (site) => change(site, () => machine.CLOSED),
    async restore() {
      for (const [site, saved] of await state.all(SPACE, Breaker)) {
        // The job that was the probe died with the process.
        const { probe: _gone, ...breaker } = saved;
        if (machine.isClean(breaker, now())) await state.remove(SPACE, site);
        else {
          known.set(site, breaker);
          watchTime(site, breaker);
        }
      }
    },
    async reload(site) {
      const saved = await state.all(SPACE, Breaker);
      const sites = site === undefined ? new Set([...known.keys(), ...saved.keys()]) : [site];
      for (const one of sites) heard(one, saved.get(one) ?? machine.CLOSED);
    },
    stop() {
      for (const timer of timers.values()) timer.cancel();
    },
  };
}

const ORDER = ['open', 'half_open', 'closed'];
const rank = ({ phase }: Breaker) => ORDER.indexOf(phase);
