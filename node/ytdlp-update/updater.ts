/**
 * Changes the yt-dlp in use while the bot runs, and takes it back by itself when it is worse.
 *
 *   in use ──looked, found──▶ candidate ──canary──▶ in use, on trial ──K jobs──▶ proved
 *                                 │                       │
 *                                 └── worse: refused ◀────┴── clearly fewer succeed: the one
 *                                                             before is in use again
 *
 * What is in use is what `found.json` of the data folder names, so that the next start and the
 * commands of the terminal use the same; everything else stands in the store's state. Of several
 * nodes one looks and tries, all take what it took, see `follow.ts`; the trial is of them all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { ChosenEngine } from '../engine/create-engine.ts';
import type { YtdlpInstall } from '../engine/engine.ts';
import type { Log } from '../log.ts';
import type { EndedJob } from '../store/upkeep.ts';
import type { EnsureYtdlp } from '../tools/ytdlp.ts';
import { type Extract, isWorse, runCanary, type Tried } from './canary.ts';
import { createFollow } from './follow.ts';
import { createInUse } from './in-use.ts';
import { newerYtdlp } from './newer.ts';
import type { Place, Rate, Records } from './records.ts';
import { baselineOf, onTrial, rateOf, TRIAL_JOBS, verdictOf } from './trial.ts';

export type Step =
  | { step: 'looking' }
  | { step: 'trying'; version: string; done: number; of: number };

export type Result =
  | { kind: 'newest'; version: string }
  /** `YTDLP_PATH` names it. */
  | { kind: 'fixed' }
  | { kind: 'busy' }
  | { kind: 'failed'; version: string }
  | { kind: 'worse'; from: string; to: string; tried: Tried[] }
  | { kind: 'switched'; from: string; to: string; tried: Tried[] };

export interface UpdateView {
  using: YtdlpInstall;
  fixed: boolean;
  candidate?: string | undefined;
  previous?: string | undefined;
  /** What the other nodes use and this one could not get. */
  behind?: string | undefined;
  /** The newest version that was refused is the candidate. */
  refused?: 'canary' | 'watch' | 'hand' | undefined;
  trial?: { of: number; after: Rate; before: Rate } | undefined;
}

/** What others are told of; the words are theirs. */
export interface UpdateNews {
  offered(found: { version: string; using: string }): Promise<void>;
  wentBack(news: { from: string; to: string; before: Rate; after: Rate }): Promise<void>;
  proved(news: { version: string; after: Rate }): Promise<void>;
}

export interface UpdaterParts {
  using: YtdlpInstall;
  /** `YTDLP_PATH`. */
  path: string | undefined;
  /** `DATA_DIR/yt-dlp`. */
  dir: string;
  /** Its changes of `wanted` are heard by the other nodes. */
  records: Records;
  news: UpdateNews;
  /** Of several nodes one offers, one tries and one judges. */
  cluster: Pick<Cluster, 'shared' | 'once' | 'release'>;
  /** An engine for an installation. @throws where it cannot be used */
  openEngine(install: YtdlpInstall): Promise<ChosenEngine>;
  switchTo(next: ChosenEngine): void;
  /** Extracts with an engine; without one with that in use. */
  extract(engine?: ChosenEngine): Extract;
  links(): Promise<readonly string[]>;
  endedSince(time: number): Promise<readonly EndedJob[]>;
  audit(userId: number, action: string, detail: unknown): Promise<void>;
  log: Log;
  now(): number;
  ensure?: (options: EnsureYtdlp) => Promise<YtdlpInstall>;
}

export interface Updater {
  readonly using: YtdlpInstall;
  /** A later version that was found and is not in use. */
  readonly newer: string | undefined;
  /** What the other nodes use and this one could not get. */
  readonly behind: string | undefined;
  view(): Promise<UpdateView>;
  /** Looks for a newer one and offers it, once for each version. For every night. */
  look(): Promise<string | undefined>;
  /** Looks, tries and switches; `place` is where an update interrupted by a restart goes on. */
  update(place: Place, onStep: (step: Step) => Promise<void>): Promise<Result>;
  /** Undefined when there is none to go back to. */
  goBack(userId: number): Promise<{ from: string; to: string } | undefined>;
  /** Ends a trial that has its verdict, and follows the other nodes. For every minute. */
  judge(): Promise<void>;
  /** Takes what another node took, or goes back with it. */
  follow(): Promise<void>;
  /** Reads what an earlier process left; answers where an update was interrupted. */
  restore(): Promise<Place | undefined>;
  /** Breaks an update off; the next start takes it up again. */
  close(): Promise<void>;
}

/** The bot's own decisions in the audit log. */
const BY_ITSELF = 0;
const BASELINE_MS = 24 * 3_600_000;
/** What one node does at a time. */
const TURN = 'yt-dlp update';
const JUDGE = 'yt-dlp trial';
/** Longer than a lease. */
const TURN_TRIES = 30;
const TURN_PAUSE_MS = 1_000;

export function createUpdater(parts: UpdaterParts): Updater {
  const { path, dir, records, news, cluster, log, now } = parts;
  const closing = new AbortController();
  const inUse = createInUse(parts);
  const following = createFollow({ records, inUse, path, log, now });
  let newer: string | undefined;
  let busy: Promise<unknown> | undefined;
  /** The way to what the other nodes use: what comes meanwhile waits for its end. */
  let catchingUp: Promise<void> = Promise.resolve();

  async function find(): Promise<YtdlpInstall | undefined> {
    const { version } = inUse.install;
    const found = await newerYtdlp({ version, path, dir, log, ensure: parts.ensure });
    // Changed in its place by the operator: the engine has noticed by itself.
    const inPlace = found?.bin === inUse.install.bin;
    if (found && inPlace) inUse.changed(found);
    const candidate = inPlace ? undefined : found;
    newer = candidate?.version;
    await records.changeOwn({ candidate });
    await inUse.tidy();
    return candidate;
  }

  async function look(): Promise<string | undefined> {
    if (busy) return newer;
    const found = await find();
    if (!found) return undefined;
    const { refused, offered } = await records.verdicts();
    const isNews = !refused[found.version] && offered !== found.version;
    if (isNews && (await cluster.once('yt-dlp offer'))) {
      await records.changeVerdicts({ offered: found.version });
      await news.offered({ version: found.version, using: inUse.install.version });
    }
    return found.version;
  }

  async function update(place: Place, onStep: (step: Step) => Promise<void>): Promise<Result> {
    if (path) return { kind: 'fixed' };
    await catchingUp;
    if (busy) return { kind: 'busy' };
    return alone(() => attempt(place, onStep));
  }

  /** One change at a time. */
  function alone<T>(change: () => Promise<T>): Promise<T> {
    const changing = change().finally(() => {
      busy = undefined;
    });
    busy = changing;
    return changing;
  }

  /** Broken off by a kill, this node's own turn of before ends only with its lease. */
  async function myTurn(goesOn: boolean): Promise<boolean> {
    for (let tries = goesOn ? TURN_TRIES : 1; tries > 0; tries -= 1) {
      if (await cluster.once(TURN)) return true;
      if (tries > 1) await delay(TURN_PAUSE_MS, undefined, { signal: closing.signal, ref: false });
    }
    return false;
  }

  async function attempt(place: Place, onStep: (step: Step) => Promise<void>): Promise<Result> {
    const { run } = await records.own();
    if (!(await myTurn(run !== undefined))) return { kind: 'busy' };
    await records.changeOwn({ run: place });
    try {
      const result = await findAndTry(onStep);
      if ('tried' in result || result.kind === 'failed')
        await parts.audit(place.userId, 'ytdlp_update', result);
      log.info({ result }, 'yt-dlp update');
      return result;
    } finally {
      // Broken off by a shutdown, the place stays written down: the next start goes on there.
      if (!closing.signal.aborted) await records.changeOwn({ run: undefined });
      await cluster.release(TURN);
    }
  }

  async function findAndTry(onStep: (step: Step) => Promise<void>): Promise<Result> {
    await onStep({ step: 'looking' });
    const found = await find();
    if (!found) return { kind: 'newest', version: inUse.install.version };
    try {
      return await tryOut(found, onStep);
    } catch (err) {
      closing.signal.throwIfAborted();
      log.warn({ version: found.version, err }, 'the new yt-dlp could not be tried');
      return { kind: 'failed', version: found.version };
    }
  }

  async function tryOut(
    found: YtdlpInstall,
    onStep: (step: Step) => Promise<void>,
  ): Promise<Result> {
    const { version } = found;
    const links = await parts.links();
    const next = await parts.openEngine(found);
    let taken = false;
    try {
      const onTried = (done: number) => onStep({ step: 'trying', version, done, of: links.length });
      await onTried(0);
      const { signal } = closing;
      const tried = await runCanary({
        ...{ links, old: parts.extract(), next: parts.extract(next), signal, onTried },
      });
      const versions = { from: inUse.install.version, to: version };
      if (isWorse(tried)) {
        await refuse(version, 'canary');
        return { kind: 'worse', ...versions, tried };
      }
      taken = true;
      await take(found, next);
      return { kind: 'switched', ...versions, tried };
    } finally {
      if (!taken) await next.engine.close();
    }
  }

  const refuse = async (version: string, why: 'canary' | 'watch' | 'hand') => {
    const { refused } = await records.verdicts();
    await records.changeVerdicts({ refused: { ...refused, [version]: why } });
  };

  const accept = async (version: string) => {
    const { [version]: _, ...refused } = (await records.verdicts()).refused;
    await records.changeVerdicts({ refused });
  };

  async function take(found: YtdlpInstall, next: ChosenEngine): Promise<void> {
    const since = now();
    const before = baselineOf(await parts.endedSince(since - BASELINE_MS));
    const { version: from } = inUse.install;
    const { version } = found;
    await inUse.take(found, next);
    newer = undefined;
    await accept(version);
    await records.setWatch({ version, since, before });
    // Last, because it is what the other nodes wait for.
    await records.setWanted({ version, from });
  }

  /** What stood before the one in use: for all nodes, where they agree on it. */
  async function before(): Promise<string | undefined> {
    const [wanted, { previous }] = await Promise.all([records.wanted(), records.own()]);
    return wanted?.version === inUse.install.version ? wanted.from : previous?.version;
  }

  /** Undefined when the one before can no longer be had. */
  async function returnToPrevious(why: 'watch' | 'hand') {
    const { version: from } = inUse.install;
    const to = await before();
    if (!to || !(await inUse.reach(to))) return undefined;
    newer = undefined;
    await refuse(from, why);
    await accept(to);
    await records.setWatch(undefined);
    await records.setWanted({ version: to, from });
    return { from, to };
  }

  async function goBack(userId: number) {
    await catchingUp;
    if (busy || path) return undefined;
    const moved = await alone(() => returnToPrevious('hand'));
    if (moved) await parts.audit(userId, 'ytdlp_back', moved);
    return moved;
  }

  async function trial() {
    const watch = await records.watch();
    // Whoever put another one in its place by hand has ended the trial.
    if (!watch || watch.version !== inUse.install.version) return undefined;
    const after = rateOf(onTrial(await parts.endedSince(watch.since), watch));
    return { watch, after };
  }

  async function judge(): Promise<void> {
    await follow();
    const found = busy ? undefined : await trial();
    if (!found || !(await cluster.once(JUDGE))) return;
    const { watch, after } = found;
    const verdict = verdictOf(watch, after, now());
    if (verdict === 'wait') return;
    if (verdict === 'proved') {
      await records.setWatch(undefined);
      return news.proved({ version: watch.version, after });
    }
    const moved = await alone(() => returnToPrevious('watch'));
    if (!moved) {
      await refuse(watch.version, 'watch');
      await records.setWatch(undefined);
      log.error({ version: watch.version, after }, 'yt-dlp is worse, but the one before is gone');
      return;
    }
    const told = { ...moved, before: watch.before, after };
    await parts.audit(BY_ITSELF, 'ytdlp_back', told);
    log.warn(told, 'yt-dlp is worse than the one before, which is in use again');
    await news.wentBack(told);
  }

  async function follow(): Promise<void> {
    await catchingUp;
    if (!cluster.shared || busy || closing.signal.aborted) return;
    const run = alone(following.run);
    catchingUp = run.catch(() => {
      // Told to whoever began it.
    });
    await run;
    if (newer === inUse.install.version) newer = undefined;
  }

  return {
    get using() {
      return inUse.install;
    },
    get newer() {
      return newer;
    },
    get behind() {
      return following.behind;
    },
    follow,
    look,
    update,
    goBack,
    judge,
    async view() {
      const [{ candidate }, { refused }, previous] = await Promise.all([
        records.own(),
        records.verdicts(),
        before(),
      ]);
      const found = await trial();
      return {
        ...{ using: inUse.install, fixed: path !== undefined, candidate: candidate?.version },
        ...{ previous, behind: following.behind },
        refused: candidate && refused[candidate.version],
        trial: found && { of: TRIAL_JOBS, after: found.after, before: found.watch.before },
      };
    },
    async restore() {
      const { candidate, run } = await records.own();
      if (candidate && candidate.version !== inUse.install.version) newer = candidate.version;
      return run;
    },
    async close() {
      closing.abort();
      await busy?.catch((err) => log.info({ err }, 'an update of yt-dlp goes on after the start'));
    },
  };
}
