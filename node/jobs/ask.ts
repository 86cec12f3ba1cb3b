/**
 * A job that asks before it fetches: the link is looked at and its menu opens in place of the
 * status message. The row waits as `asking` until a person picks, closes the menu or forgets it.
 */
import { formatChoice } from '../../shared/choice.ts';
import { qualityMenu } from '../chat/screens/quality-menu.ts';
import type { SharedBoards } from '../cluster/boards.ts';
import { type AskSize, withDirectSize } from '../engine/direct-size.ts';
import type { MediaInfo } from '../engine/media-info.ts';
import type { ProbeMemory } from '../engine/probe-memory.ts';
import { worthAsking } from '../formats/offers.ts';
import type { Log } from '../log.ts';
import type { Board } from '../status/board.ts';
import type { JobRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { telegramFault } from '../telegram/errors.ts';
import { clipOf } from './fetch.ts';
import { fileKeyOf } from './file-key.ts';
import { Stopped } from './stopped.ts';

export interface AskParts {
  store: Pick<Store, 'jobs' | 'menus'>;
  board: Board;
  boards: Pick<SharedBoards, 'cancelled'>;
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
  await board.asked(job, () => text, keyboard).catch((error) => askLater(parts, job, error));
  await store.menus.asked(job.id);
  if (wasCancelled(signal)) await closeMenu(parts, job);
}

const AGAIN_MS = 5_000;
const PASSING = new Set(['flood', 'unreachable', 'uncertain', 'aborted']);

/** Until somebody can see the menu the job does not wait for a person, but for Telegram. */
async function askLater({ store, board, now }: AskParts, job: JobRow, error: unknown) {
  if (PASSING.has(telegramFault(error).kind)) {
    await store.menus.notSeen(job.id, now() + AGAIN_MS);
    // Its status message left the board when it should have become the menu.
    const row = await store.jobs.find(job.id);
    if (row) board.open([row]);
  }
  throw error;
}

const wasCancelled = ({ aborted, reason }: AbortSignal) =>
  aborted && reason instanceof Stopped && reason.reason === 'cancelled';

/** Cancelled while the menu was on its way: it must not wait for an answer nobody will give. */
async function closeMenu({ store, board, boards, now }: AskParts, job: JobRow): Promise<void> {
  if (!(await store.jobs.cancelWaiting(job.id, now(), { unsaid: true }))) return;
  const row = (await store.jobs.find(job.id)) ?? job;
  board.open([row]);
  await boards.cancelled(row);
}

async function goOn({ store, now }: AskParts, job: JobRow): Promise<void> {
  const choice = formatChoice({ kind: 'auto' });
  const { updateId, item } = job;
  const fileKey = fileKeyOf(job.mediaKey, choice, clipOf(job));
  await store.menus.choose(job.id, { updateId, item, choice, fileKey, now: now() });
}
