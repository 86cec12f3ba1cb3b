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
import type { YtdlpInstall } from '../engine/engine.ts';
import { attempt, type OnStep, type Result } from './attempt.ts';
import { createFollow } from './follow.ts';
import { createInUse } from './in-use.ts';
import { createMoves, type Moved } from './moves.ts';
import type { UpdaterParts } from './parts.ts';
import type { Place, Rate, Refusal } from './records.ts';
import { createSearch, offer } from './search.ts';
import { TRIAL_JOBS } from './trial.ts';
import { createTurns } from './turns.ts';
import { judgeWatched, watched } from './watch.ts';

export interface UpdateView {
  using: YtdlpInstall;
  fixed: boolean;
  candidate?: string | undefined;
  previous?: string | undefined;
  /** What the other nodes use and this one could not get. */
  behind?: string | undefined;
  /** The newest version that was refused is the candidate. */
  refused?: Refusal | undefined;
  trial?: { of: number; after: Rate; before: Rate } | undefined;
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
  update(place: Place, onStep: OnStep): Promise<Result>;
  /** Undefined when there is none to go back to. */
  goBack(userId: number): Promise<Moved | undefined>;
  /** Ends a trial that has its verdict, and follows the other nodes. For every minute. */
  judge(): Promise<void>;
  /** Takes what another node took, or goes back with it. */
  follow(): Promise<void>;
  /** Reads what an earlier process left; answers where an update was interrupted. */
  restore(): Promise<Place | undefined>;
  /** Breaks an update off; the next start takes it up again. */
  close(): Promise<void>;
}

export function createUpdater(given: UpdaterParts): Updater {
  const { path, records, cluster, log, now } = given;
  const closing = new AbortController();
  const inUse = createInUse(given);
  const following = createFollow({ records, inUse, path, log, now });
  const search = createSearch({ ...given, inUse });
  const moves = createMoves({ ...given, inUse, search });
  const turns = createTurns();
  const parts = { ...given, inUse, search, moves, turns, closing: closing.signal };

  async function follow(): Promise<void> {
    await turns.caughtUp;
    if (!cluster.shared || turns.busy || closing.signal.aborted) return;
    await turns.catchUp(following.run);
    if (search.newer === inUse.install.version) search.forget();
  }

  async function view(): Promise<UpdateView> {
    const [{ candidate }, { refused }, previous] = await Promise.all([
      records.own(),
      records.verdicts(),
      moves.before(),
    ]);
    const trial = await watched(parts);
    return {
      ...{ using: inUse.install, fixed: path !== undefined, candidate: candidate?.version },
      ...{ previous, behind: following.behind },
      refused: candidate && refused[candidate.version],
      trial: trial && { of: TRIAL_JOBS, after: trial.after, before: trial.watch.before },
    };
  }

  return {
    get using() {
      return inUse.install;
    },
    get newer() {
      return search.newer;
    },
    get behind() {
      return following.behind;
    },
    view,
    follow,
    async look() {
      if (turns.busy) return search.newer;
      const found = await search.find();
      if (found) await offer(parts, found);
      return found?.version;
    },
    async update(place, onStep) {
      if (path) return { kind: 'fixed' };
      await turns.caughtUp;
      if (turns.busy) return { kind: 'busy' };
      return turns.alone(() => attempt(parts, place, onStep));
    },
    async goBack(userId) {
      await turns.caughtUp;
      if (turns.busy || path) return undefined;
      const moved = await turns.alone(() => moves.back('hand'));
      if (moved) await given.audit(userId, 'ytdlp_back', moved);
      return moved;
    },
    async judge() {
      await follow();
      if (!turns.busy) await judgeWatched(parts);
    },
    async restore() {
      const { candidate, run } = await records.own();
      if (candidate) search.resume(candidate);
      return run;
    },
    async close() {
      closing.abort();
      await turns
        .ended()
        .catch((err) => log.info({ err }, 'an update of yt-dlp goes on after the start'));
    },
  };
}
