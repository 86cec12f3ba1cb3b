/** One update: the look for a newer version, its canary, and the switch or the refusal. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ChosenEngine } from '../engine/create-engine.ts';
import type { YtdlpInstall } from '../engine/engine.ts';
import { isWorse, runCanary, type Tried } from './canary.ts';
import type { InUse } from './in-use.ts';
import { type Moves, refuse } from './moves.ts';
import type { UpdaterParts } from './parts.ts';
import type { Place } from './records.ts';
import type { Search } from './search.ts';

export type Step =
  | { step: 'looking' }
  | { step: 'trying'; version: string; done: number; of: number };

export type OnStep = (step: Step) => Promise<void>;

export type Result =
  | { kind: 'newest'; version: string }
  /** `YTDLP_PATH` names it. */
  | { kind: 'fixed' }
  | { kind: 'busy' }
  | { kind: 'failed'; version: string }
  | { kind: 'worse'; from: string; to: string; tried: Tried[] }
  | { kind: 'switched'; from: string; to: string; tried: Tried[] };

export interface AttemptParts
  extends Pick<
    UpdaterParts,
    'records' | 'cluster' | 'openEngine' | 'extract' | 'links' | 'audit' | 'log'
  > {
  inUse: Pick<InUse, 'install'>;
  search: Pick<Search, 'find'>;
  moves: Pick<Moves, 'forward'>;
  /** The bot ends. */
  closing: AbortSignal;
}

/** What one node does at a time. */
const TURN = 'yt-dlp update';
/** Longer than a lease. */
const TURN_TRIES = 30;
const TURN_PAUSE_MS = 1_000;

/**
 * @param place where an update broken off by a restart goes on
 * @throws what broke it off when the bot ends, or what the store throws
 */
export async function attempt(parts: AttemptParts, place: Place, onStep: OnStep): Promise<Result> {
  const { records, cluster, closing, log } = parts;
  const { run } = await records.own();
  if (!(await myTurn(parts, run !== undefined))) return { kind: 'busy' };
  await records.changeOwn({ run: place });
  try {
    const result = await findAndTry(parts, onStep);
    if ('tried' in result || result.kind === 'failed')
      await parts.audit(place.userId, 'ytdlp_update', result);
    log.info({ result }, 'yt-dlp update');
    return result;
  } finally {
    // Broken off by a shutdown, the place stays written down: the next start goes on there.
    if (!closing.aborted) await records.changeOwn({ run: undefined });
    await cluster.release(TURN);
  }
}

/** Broken off by a kill, this node's own turn of before ends only with its lease. */
async function myTurn({ cluster, closing }: AttemptParts, goesOn: boolean): Promise<boolean> {
  for (let tries = goesOn ? TURN_TRIES : 1; tries > 0; tries -= 1) {
    if (await cluster.once(TURN)) return true;
    if (tries > 1) await delay(TURN_PAUSE_MS, undefined, { signal: closing, ref: false });
  }
  return false;
}

async function findAndTry(parts: AttemptParts, onStep: OnStep): Promise<Result> {
  await onStep({ step: 'looking' });
  const found = await parts.search.find();
  if (!found) return { kind: 'newest', version: parts.inUse.install.version };
  try {
    return await tryOut(parts, found, onStep);
  } catch (err) {
    parts.closing.throwIfAborted();
    parts.log.warn({ version: found.version, err }, 'the new yt-dlp could not be tried');
    return { kind: 'failed', version: found.version };
  }
}

async function tryOut(parts: AttemptParts, found: YtdlpInstall, onStep: OnStep): Promise<Result> {
  const { records, inUse, moves } = parts;
  const links = await parts.links();
  const next = await parts.openEngine(found);
  let taken = false;
  try {
    const tried = await compare(parts, { links, next, version: found.version, onStep });
    const compared = { from: inUse.install.version, to: found.version, tried };
    if (isWorse(tried)) {
      await refuse(records, found.version, 'canary');
      return { kind: 'worse', ...compared };
    }
    taken = true;
    await moves.forward(found, next);
    return { kind: 'switched', ...compared };
  } finally {
    if (!taken) await next.engine.close();
  }
}

interface Comparison {
  links: readonly string[];
  next: ChosenEngine;
  version: string;
  onStep: OnStep;
}

async function compare(
  { extract, closing: signal }: AttemptParts,
  { links, next, version, onStep }: Comparison,
): Promise<Tried[]> {
  const onTried = (done: number) => onStep({ step: 'trying', version, done, of: links.length });
  await onTried(0);
  return runCanary({ links, old: extract(), next: extract(next), signal, onTried });
}
