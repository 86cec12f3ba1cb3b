/**
 * Changes the yt-dlp in use while the bot runs, and takes it back by itself when it is worse.
 *
 *   in use ──looked, found──▶ candidate ──canary──▶ in use, on trial ──K jobs──▶ proved
 *                                 │                       │
 *                                 └── worse: refused ◀────┴── clearly fewer succeed: the one
 *                                                             before is in use again
 *
 * What is in use is what `found.json` of the data folder names, so that the next start and the
 * commands of the terminal use the same; everything else stands in the store's state.
 */
import type { ChosenEngine } from '../engine/create-engine.ts';
import type { YtdlpInstall } from '../engine/engine.ts';
import type { Log } from '../log.ts';
import type { EndedJob } from '../store/upkeep.ts';
import { runCommand } from '../tools/command.ts';
import { remember } from '../tools/remembered.ts';
import { findVersion } from '../tools/version.ts';
import type { EnsureYtdlp } from '../tools/ytdlp.ts';
import { type Extract, isWorse, runCanary, type Tried } from './canary.ts';
import { newerYtdlp, tidyFinds } from './newer.ts';
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
  records: Records;
  news: UpdateNews;
  /** Of several nodes only one tells the admins of a find. */
  mayOffer(): Promise<boolean>;
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
  view(): Promise<UpdateView>;
  /** Looks for a newer one and offers it, once for each version. For every night. */
  look(): Promise<string | undefined>;
  /** Looks, tries and switches; `place` is where an update interrupted by a restart goes on. */
  update(place: Place, onStep: (step: Step) => Promise<void>): Promise<Result>;
  /** Undefined when there is none to go back to. */
  goBack(userId: number): Promise<{ from: string; to: string } | undefined>;
  /** Ends a trial that has its verdict. For every minute. */
  judge(): Promise<void>;
  /** Reads what an earlier process left; answers where an update was interrupted. */
  restore(): Promise<Place | undefined>;
  /** Breaks an update off; the next start takes it up again. */
  close(): Promise<void>;
}

/** The bot's own decisions in the audit log. */
const BY_ITSELF = 0;
const BASELINE_MS = 24 * 3_600_000;

export function createUpdater(parts: UpdaterParts): Updater {
  const { path, dir, records, news, log, now } = parts;
  const closing = new AbortController();
  let using = parts.using;
  let newer: string | undefined;
  let busy: Promise<Result> | undefined;

  async function find(): Promise<YtdlpInstall | undefined> {
    const { version } = using;
    const found = await newerYtdlp({ version, path, dir, log, ensure: parts.ensure });
    // Changed in its place by the operator: the engine has noticed by itself.
    if (found?.bin === using.bin) using = found;
    const candidate = found && found.bin !== using.bin ? found : undefined;
    newer = candidate?.version;
    await records.changeOwn({ candidate });
    await tidy();
    return candidate;
  }

  const tidy = async () => {
    const { previous, candidate } = await records.own();
    await tidyFinds(dir, [using, previous, candidate]);
  };

  async function look(): Promise<string | undefined> {
    if (busy) return newer;
    const found = await find();
    if (!found) return undefined;
    const { refused, offered } = await records.verdicts();
    const isNews = !refused[found.version] && offered !== found.version;
    if (isNews && (await parts.mayOffer())) {
      await records.changeVerdicts({ offered: found.version });
      await news.offered({ version: found.version, using: using.version });
    }
    return found.version;
  }

  async function update(place: Place, onStep: (step: Step) => Promise<void>): Promise<Result> {
    if (path) return { kind: 'fixed' };
    if (busy) return { kind: 'busy' };
    busy = attempt(place, onStep).finally(() => {
      busy = undefined;
    });
    return busy;
  }

  async function attempt(place: Place, onStep: (step: Step) => Promise<void>): Promise<Result> {
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
    }
  }

  async function findAndTry(onStep: (step: Step) => Promise<void>): Promise<Result> {
    await onStep({ step: 'looking' });
    const found = await find();
    if (!found) return { kind: 'newest', version: using.version };
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
      const versions = { from: using.version, to: version };
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

  async function take(found: YtdlpInstall, next: ChosenEngine): Promise<void> {
    const since = now();
    const before = baselineOf(await parts.endedSince(since - BASELINE_MS));
    const watch = { version: found.version, since, before };
    const previous = using;
    await remember(dir, path, found);
    await records.changeOwn({ previous, watch, candidate: undefined });
    parts.switchTo(next);
    using = found;
    newer = undefined;
    await tidy();
  }

  /** Undefined when the one before is no longer there. */
  async function returnToPrevious(): Promise<{ from: string; to: string } | undefined> {
    const { previous } = await records.own();
    if (!previous || !(await runs(previous))) return undefined;
    const next = await parts.openEngine(previous);
    const left = using;
    await remember(dir, path, previous);
    await records.changeOwn({ previous: left, watch: undefined });
    parts.switchTo(next);
    using = previous;
    newer = undefined;
    return { from: left.version, to: previous.version };
  }

  async function goBack(userId: number) {
    if (busy) return undefined;
    const moved = await returnToPrevious();
    if (!moved) return undefined;
    await refuse(moved.from, 'hand');
    await parts.audit(userId, 'ytdlp_back', moved);
    return moved;
  }

  async function trial() {
    const { watch } = await records.own();
    // Whoever put another one in its place by hand has ended the trial.
    if (!watch || watch.version !== using.version) return undefined;
    const after = rateOf(onTrial(await parts.endedSince(watch.since), watch));
    return { watch, after };
  }

  async function judge(): Promise<void> {
    const found = busy ? undefined : await trial();
    if (!found) return;
    const { watch, after } = found;
    const verdict = verdictOf(watch, after, now());
    if (verdict === 'wait') return;
    if (verdict === 'proved') {
      await records.changeOwn({ watch: undefined });
      return news.proved({ version: watch.version, after });
    }
    await refuse(watch.version, 'watch');
    const moved = await returnToPrevious();
    if (!moved) {
      await records.changeOwn({ watch: undefined });
      log.error({ version: watch.version, after }, 'yt-dlp is worse, but the one before is gone');
      return;
    }
    const told = { ...moved, before: watch.before, after };
    await parts.audit(BY_ITSELF, 'ytdlp_back', told);
    log.warn(told, 'yt-dlp is worse than the one before, which is in use again');
    await news.wentBack(told);
  }

  return {
    get using() {
      return using;
    },
    get newer() {
      return newer;
    },
    look,
    update,
    goBack,
    judge,
    async view() {
      const [{ previous, candidate }, { refused }] = await Promise.all([
        records.own(),
        records.verdicts(),
      ]);
      const found = await trial();
      return {
        ...{ using, fixed: path !== undefined, candidate: candidate?.version },
        previous: previous?.version,
        refused: candidate && refused[candidate.version],
        trial: found && { of: TRIAL_JOBS, after: found.after, before: found.watch.before },
      };
    },
    async restore() {
      const { candidate, run } = await records.own();
      if (candidate && candidate.version !== using.version) newer = candidate.version;
      return run;
    },
    async close() {
      closing.abort();
      await busy?.catch((err) => log.info({ err }, 'an update of yt-dlp goes on after the start'));
    },
  };
}

async function runs({ bin, version }: YtdlpInstall): Promise<boolean> {
  const { stdout } = await runCommand(bin, ['--ignore-config', '--version']);
  return findVersion(stdout) === version;
}
