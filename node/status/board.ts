/**
 * The status messages of all running jobs: one for each update, whatever number of links it
 * held. A group in quiet mode gets none; its jobs still report here.
 */

import type { Texts } from '../../shared/texts/catalogue.ts';
import { textsFor } from '../../shared/texts/index.ts';
import type { Log } from '../log.ts';
import type { JobRow } from '../store/schema.ts';
import { type Card, createCard, type Keyboard } from './card.ts';
import type { StatusTransport } from './transport.ts';

export interface BoardParts {
  transport: StatusTransport;
  log: Log;
  /** Remembers a status message in the job's row, so that a restart finds it again. */
  remember(jobIds: number[], messageId: number | null): Promise<void>;
  now?: () => number;
  setTimer?: (run: () => void, ms: number) => { cancel(): void };
}

export interface Board {
  /** Shows the jobs of one update; known status messages are taken over. */
  open(jobs: readonly JobRow[]): void;
  show(job: JobRow, line: (texts: Texts) => string): void;
  /** One job was delivered: the message goes when it was the last. */
  delivered(job: JobRow): Promise<void>;
  /** One job waits for an answer: its menu takes the place of the message, or stands alone. */
  asked(job: JobRow, words: (texts: Texts) => string, keyboard: Keyboard): Promise<void>;
  /** One job ended otherwise: its last words take the place of the message, or stand alone. */
  ended(job: JobRow, lastWords: (texts: Texts) => string, keyboard?: Keyboard): Promise<void>;
}

/** Telegram's tolerance: about an edit a second in private, twenty a minute in a group. */
const PACE_PRIVATE_MS = 3000;
const PACE_GROUP_MS = 6000;

interface Group {
  card: Card;
  ids: number[];
  texts: Texts;
  of: number;
  open: Set<number>;
  done: number;
  failed: number;
}

export function createBoard(parts: BoardParts): Board {
  const { transport, log, remember } = parts;
  const groups = new Map<number, Group>();
  const onError = (error: unknown) => log.debug({ error }, 'a status message did not get through');

  function cardFor(jobs: readonly JobRow[]): Card {
    const job = jobs[0] as JobRow;
    const ids = jobs.map(({ id }) => id);
    return createCard({
      transport: transport.forJob(job, jobs.length > 1, async (messageId) => {
        await remember(ids, messageId);
      }),
      pace: job.chatType === 'private' ? PACE_PRIVATE_MS : PACE_GROUP_MS,
      messageId: job.statusMessageId ?? undefined,
      onError,
      ...(parts.now && { now: parts.now }),
      ...(parts.setTimer && { setTimer: parts.setTimer }),
    });
  }

  const render = (group: Group, line: string): string => {
    const { of, done, failed, texts } = group;
    return of === 1 ? line : texts.status.batch({ done, failed, of, current: line });
  };

  /** Takes a job off its group; the group goes with its last job. */
  function leave(job: JobRow, how: 'done' | 'failed'): { group: Group; last: boolean } | undefined {
    const group = groups.get(job.updateId);
    if (!group?.open.delete(job.id)) return undefined;
    group[how] += 1;
    const last = group.open.size === 0;
    if (last) groups.delete(job.updateId);
    return { group, last };
  }

  async function takeAway({ card, ids }: Group): Promise<void> {
    await card.close();
    await remember(ids, null);
  }

  return {
    open(jobs) {
      const [job] = jobs;
      if (!job || groups.has(job.updateId)) return;
      const open = new Set(jobs.map(({ id }) => id));
      const texts = textsFor(job.lang);
      const card = cardFor(jobs);
      const ids = [...open];
      groups.set(job.updateId, { card, ids, texts, of: jobs.length, open, done: 0, failed: 0 });
    },
    show(job, line) {
      const group = groups.get(job.updateId);
      if (group?.open.has(job.id)) group.card.show(render(group, line(group.texts)));
    },
    async delivered(job) {
      const left = leave(job, 'done');
      if (left?.last) await takeAway(left.group);
    },
    async asked(job, words, keyboard) {
      const left = leave(job, 'done');
      const text = words(textsFor(job.lang));
      if (left?.group.of === 1) return left.group.card.settle(text, keyboard);
      await remember([job.id], await transport.say(job, text, keyboard));
      if (left?.last) await left.group.card.close();
    },
    async ended(job, lastWords, keyboard) {
      const left = leave(job, 'failed');
      const words = lastWords(textsFor(job.lang));
      if (left?.group.of === 1) return left.group.card.settle(words, keyboard);
      await transport.say(job, words, keyboard);
      if (left?.last) await takeAway(left.group);
    },
  };
}
