/** The version on trial: how its jobs end, and what becomes of it. */
import type { InUse } from './in-use.ts';
import { type Moves, refuse } from './moves.ts';
import type { UpdaterParts } from './parts.ts';
import type { Rate, Watch } from './records.ts';
import { onTrial, rateOf, verdictOf } from './trial.ts';
import type { Turns } from './turns.ts';

export interface WatchParts
  extends Pick<
    UpdaterParts,
    'records' | 'endedSince' | 'cluster' | 'news' | 'audit' | 'log' | 'now'
  > {
  inUse: Pick<InUse, 'install'>;
  moves: Pick<Moves, 'back'>;
  turns: Pick<Turns, 'alone'>;
}

export interface Watched {
  watch: Watch;
  after: Rate;
}

/** The bot's own decisions in the audit log. */
const BY_ITSELF = 0;
/** What one node does at a time. */
const JUDGE = 'yt-dlp trial';

/** How it does so far; undefined when none is on trial. */
export async function watched(
  parts: Pick<WatchParts, 'records' | 'inUse' | 'endedSince'>,
): Promise<Watched | undefined> {
  const watch = await parts.records.watch();
  // Whoever put another one in its place by hand has ended the trial.
  if (!watch || watch.version !== parts.inUse.install.version) return undefined;
  return { watch, after: rateOf(onTrial(await parts.endedSince(watch.since), watch)) };
}

/** Ends a trial that has its verdict. */
export async function judgeWatched(parts: WatchParts): Promise<void> {
  const found = await watched(parts);
  if (!found || !(await parts.cluster.once(JUDGE))) return;
  const { watch, after } = found;
  const verdict = verdictOf(watch, after, parts.now());
  if (verdict === 'worse') return takeBack(parts, found);
  if (verdict === 'wait') return;
  await parts.records.setWatch(undefined);
  await parts.news.proved({ version: watch.version, after });
}

async function takeBack(parts: WatchParts, { watch, after }: Watched): Promise<void> {
  const { records, moves, turns, news, log } = parts;
  const moved = await turns.alone(() => moves.back('watch'));
  if (!moved) {
    await refuse(records, watch.version, 'watch');
    await records.setWatch(undefined);
    log.error({ version: watch.version, after }, 'yt-dlp is worse, but the one before is gone');
    return;
  }
  const told = { ...moved, before: watch.before, after };
  await parts.audit(BY_ITSELF, 'ytdlp_back', told);
  log.warn(told, 'yt-dlp is worse than the one before, which is in use again');
  await news.wentBack(told);
}
