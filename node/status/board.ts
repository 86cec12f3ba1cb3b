/**
 * The status messages of all running jobs: one for each update, whatever number of links it
 * held. A group in quiet mode gets a reaction in its place; its jobs still report here.
 */

import type { Texts } from '../../shared/texts/catalogue.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { statusKeyboard } from '../chat/keyboards.ts';
import type { Log } from '../log.ts';
import type { NearMessages } from '../store/message-ids.ts';
import type { JobRow } from '../store/schema.ts';
import { type Card, type CardTransport, createCard, type Keyboard, unrefTimer } from './card.ts';
import type { StatusTransport } from './transport.ts';

export interface BoardParts {
  transport: StatusTransport;
  log: Log;
  /** Remembers a status message in the job's row, so that a restart finds it again. */
  remember(jobIds: number[], messageId: number | null): Promise<void>;
  /**
   * A status message is about to leave; a crash before its answer may leave it in the chat.
   * Rejects when it must not leave any more.
   */
  expect(jobIds: number[], above: number): Promise<void>;
  /** Keeps the id of a message that went to another node; false when it is nobody's any more. */
  strayed(jobIds: number[], messageId: number): Promise<boolean>;
  /** What jobs know of the messages above that id where this job's gets its own. */
  near(job: JobRow, above: number): Promise<NearMessages>;
  now?: () => number;
  setTimer?: (run: () => void, ms: number) => { cancel(): void };
}

/** What became of the jobs of an update that are not open any more. */
export interface Past {
  done: number;
  failed: number;
  paused: boolean;
}

export interface Board {
  /** Shows the jobs of one update; known status messages are taken over. */
  open(jobs: readonly JobRow[], past?: Past): void;
  show(job: Pick<JobRow, 'id' | 'updateId'>, line: (texts: Texts) => string): void;
  /** One job was delivered: the message goes when it was the last. */
  delivered(job: JobRow): Promise<void>;
  /** One job failed: its last words take the place of the message, or stand alone. */
  ended(job: JobRow, lastWords: (texts: Texts) => string, keyboard?: Keyboard): Promise<void>;
  /** One job became a question to its owner; shown as `ended` shows it, but nothing failed. */
  asked(job: JobRow, question: (texts: Texts) => string, keyboard: Keyboard): Promise<void>;
  /** One job was cancelled: said once for all jobs of its update. */
  cancelled(job: JobRow): Promise<void>;
  /** One job ended at another node, which said what there was to say. */
  endedElsewhere(job: JobRow, how: Outcome): Promise<void>;
  /** Whether the jobs of an update are shown by this process. */
  has(updateId: number): boolean;
  /** Another node shows them from now on: nothing more leaves, and what stands there stays. */
  letGo(updateId: number): void;
  /** The waiting jobs of an update are held, or go on. */
  pause(updateId: number, paused: boolean): void;
}

/** Telegram's tolerance: about an edit a second in private, twenty a minute in a group. */
const PACE_PRIVATE_MS = 3000;
const PACE_GROUP_MS = 6000;
/** Pauses before a message that could not be taken away or settled is tried again. */
const REMOVE_AGAIN_MS = [2_000, 10_000, 60_000, 600_000];

export type Outcome = 'done' | 'failed' | 'cancelled';

interface Group {
  card: Card;
  message: CardTransport;
  ids: number[];
  texts: Texts;
  of: number;
  open: Set<number>;
  /** Picked from a list: it ends with a summary, and it can be paused. */
  list: boolean;
  /** Another node shows it. */
  gone: boolean;
  /** Nothing is said about its progress but a reaction. */
  quiet: boolean;
  paused: boolean;
  line(texts: Texts): string;
  done: number;
  failed: number;
  cancelled: number;
}

const NO_PAST: Past = { done: 0, failed: 0, paused: false };

export function createBoard(parts: BoardParts): Board {
  const { transport, log, remember, expect, strayed, near } = parts;
  const groups = new Map<number, Group>();
  const onError = (error: unknown) => log.debug({ error }, 'a status message did not get through');

  function groupOf(jobs: readonly JobRow[], past: Past): Group {
    const job = jobs[0] as JobRow;
    const ids = jobs.map(({ id }) => id);
    const of = jobs.length + past.done + past.failed;
    const list = job.playlistId !== null;
    const keyboard = () => statusKeyboard(job, { batch: list || of > 1, paused: group.paused });
    const message = transport.forJob(job, keyboard, {
      // A full disk cannot hold its id; this process still knows what to take away.
      onSent: (messageId) => heard(group, messageId).catch(onError),
      onLeaving: (above) => expect(ids, above),
      near: (above) => near(job, above),
    });
    const card = createCard({
      transport: message,
      pace: job.chatType === 'private' ? PACE_PRIVATE_MS : PACE_GROUP_MS,
      messageId: job.statusMessageId ?? undefined,
      onError,
      ...(parts.now && { now: parts.now }),
      ...(parts.setTimer && { setTimer: parts.setTimer }),
    });
    const [texts, quiet] = [textsFor(job.lang), job.quiet === 1];
    const group: Group = {
      ...{ card, message, ids, texts, of, list, quiet, line: () => '' },
      ...{ cancelled: 0, gone: false, open: new Set(ids) },
      ...past,
    };
    return group;
  }

  /** The answer may come after the message went to another node, or after its job has ended there. */
  async function heard({ gone, ids, message }: Group, messageId: number): Promise<void> {
    if (!gone) return remember(ids, messageId);
    if (!(await strayed(ids, messageId))) await message.remove(messageId);
  }

  const isBatch = ({ of, list }: Group) => of > 1 || list;

  function render(group: Group): string {
    const { of, done, failed, texts, paused } = group;
    const line = group.line(texts);
    if (!isBatch(group)) return line;
    if (paused) return texts.list.paused({ done, of });
    return texts.status.batch({ done, failed, of, current: line || undefined });
  }

  const showIn = (group: Group) => group.card.show(render(group), () => render(group));

  /** Takes a job off its group; the group goes with its last job. */
  function leave(job: JobRow, how: Outcome): { group: Group; last: boolean } | undefined {
    const group = groups.get(job.updateId);
    if (!group?.open.delete(job.id)) return undefined;
    group[how] += 1;
    const last = group.open.size === 0;
    if (last) groups.delete(job.updateId);
    return { group, last };
  }

  /** After a job of a batch ended: the count moves on, or the message has done its work. */
  async function moveOn({ group, last }: { group: Group; last: boolean }): Promise<void> {
    const { texts, done, failed, of } = group;
    if (!last) return showIn(group);
    if (group.quiet) return takeAway(group);
    const stopped = group.cancelled > 0 && texts.status.stopped({ done, of });
    const words = stopped || (group.list && texts.list.finished({ done, failed, of }));
    return words ? conclude(group, words) : takeAway(group);
  }

  /** The words of a batch that is over take the place of its progress, sooner or later. */
  async function conclude(group: Group, words: string, tries = 0): Promise<void> {
    try {
      await group.card.settle(words);
      // It stays: a later start must not take it for progress that was left behind.
      await remember(group.ids, null);
    } catch (error) {
      onError(error);
      again(tries, () => conclude(group, words, tries + 1));
    }
  }

  function again(tries: number, what: () => Promise<void>): void {
    const pause = REMOVE_AGAIN_MS[tries];
    if (pause === undefined) return;
    (parts.setTimer ?? unrefTimer)(() => void what().catch(onError), pause);
  }

  /** What cannot be taken away now is tried again, and stays in the rows for the next start. */
  async function takeAway(group: Group, tries = 0): Promise<void> {
    if (await group.card.close()) return remember(group.ids, null);
    again(tries, () => takeAway(group, tries + 1));
  }

  /** Last words in the place of a single job's message; of several links the name goes first. */
  async function say(
    left: ReturnType<typeof leave>,
    job: JobRow,
    words: string,
    keyboard: Keyboard | undefined,
  ): Promise<void> {
    if (left && !isBatch(left.group)) return left.group.card.settle(words, keyboard);
    const name = job.title || job.url;
    const about = left ? left.group.texts.status.about({ name, words }) : words;
    try {
      await transport.say(job, about, keyboard);
    } finally {
      // Said is said, whatever becomes of the progress.
      if (left) await moveOn(left).catch(onError);
    }
  }

  return {
    open(jobs, past = NO_PAST) {
      const [job] = jobs;
      if (job && !groups.has(job.updateId)) groups.set(job.updateId, groupOf(jobs, past));
    },
    show(job, line) {
      const group = groups.get(job.updateId);
      if (!group?.open.has(job.id)) return;
      group.line = line;
      showIn(group);
    },
    async delivered(job) {
      const left = leave(job, 'done');
      if (left) await moveOn(left);
    },
    async ended(job, lastWords, keyboard) {
      await say(leave(job, 'failed'), job, lastWords(textsFor(job.lang)), keyboard);
    },
    async asked(job, question, keyboard) {
      const left = leave(job, 'done');
      const words = question(textsFor(job.lang));
      if (left && !isBatch(left.group)) return left.group.card.ask(words, keyboard);
      // The question is this job's own message from here on, whatever becomes of its batch.
      if (left) left.group.ids = left.group.ids.filter((id) => id !== job.id);
      await remember([job.id], await transport.say(job, words, keyboard));
      if (left) await moveOn(left);
    },
    async cancelled(job) {
      const left = leave(job, 'cancelled');
      if (!left) return;
      if (isBatch(left.group)) return moveOn(left);
      await left.group.card.settle(left.group.texts.status.cancelled);
    },
    async endedElsewhere(job, how) {
      const left = leave(job, how);
      if (left) await moveOn(left);
    },
    has: (updateId) => groups.has(updateId),
    letGo(updateId) {
      const group = groups.get(updateId);
      if (!group) return;
      group.gone = true;
      group.card.letGo();
      groups.delete(updateId);
    },
    pause(updateId, paused) {
      const group = groups.get(updateId);
      if (!group) return;
      group.paused = paused;
      showIn(group);
    },
  };
}
