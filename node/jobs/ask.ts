/**
 * A job that asks before it fetches: the link is looked at and its menu opens in place of the
 * status message. The row waits as `asking` until a person picks, closes the menu or forgets it.
 */
import { formatChoice } from '../../shared/choice.ts';
import { qualityMenu } from '../chat/screens/quality-menu.ts';
import { type AskSize, withDirectSize } from '../engine/direct-size.ts';
import type { MediaInfo } from '../engine/media-info.ts';
import type { ProbeMemory } from '../engine/probe-memory.ts';
import { worthAsking } from '../formats/offers.ts';
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { clipOf } from './fetch.ts';
import { fileKeyOf } from './file-key.ts';

export interface AskParts {
  store: Pick<Store, 'jobs' | 'menus'>;
  board: Board;
  memory: ProbeMemory;
  askSize: AskSize;
  /** Largest upload now, bytes. */
  maxFileBytes(): number;
  log: Log;
  now(): number;
}

export type Ask = (job: JobRow, info: MediaInfo, signal: AbortSignal) => Promise<void>;

export const createAsk =
  (parts: AskParts): Ask =>
  (job, info, signal) =>
    askWhich(parts, job, info, signal);

/** Opens the menu; where there is nothing to choose the job goes on by itself. */
async function askWhich(
  parts: AskParts,
  job: JobRow,
  found: MediaInfo,
  signal: AbortSignal,
): Promise<void> {
  const { store, board, memory, askSize, maxFileBytes } = parts;
  const info = await withDirectSize(found, askSize, signal);
  memory.improve(job.url, info);
  signal.throwIfAborted();
  if (!(await store.menus.ask(job))) return;
  if (!worthAsking(info)) return goOn(parts, job);
  const { text, keyboard } = qualityMenu(job, info, maxFileBytes());
  await board.asked(job, () => text, keyboard);
  await store.menus.asked(job.id);
  // Cancelled while the menu was on its way: it must not wait for an answer nobody will give.
  if (signal.aborted && (await store.jobs.cancelWaiting(job.id, parts.now()))) {
    signal.throwIfAborted();
  }
}

async function goOn({ store, now }: AskParts, job: JobRow): Promise<void> {
  const choice = formatChoice({ kind: 'auto' });
  const { updateId, item } = job;
  const fileKey = fileKeyOf(job.mediaKey, choice, clipOf(job));
  await store.menus.choose(job.id, { updateId, item, choice, fileKey, now: now() });
}
