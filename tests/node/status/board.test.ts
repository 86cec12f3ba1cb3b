import { beforeEach, describe, expect, it } from 'vitest';
import { cancelBatchData } from '../../../node/chat/button-data.ts';
import { type Board, createBoard } from '../../../node/status/board.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { newJob } from '../../support/store.ts';

const silent = { debug: () => {}, warn: () => {} } as never;

describe('the board of status messages', () => {
  let board: Board;
  let left: string[];
  let remembered: [number[], number | null][];

  beforeEach(() => {
    left = [];
    remembered = [];
    board = createBoard({
      log: silent,
      remember: async (ids, messageId) => void remembered.push([ids, messageId]),
      expect: async () => {},
      strayed: async () => true,
      near: async () => ({ known: new Set<number>(), ahead: 0 }),
      transport: {
        async say(_job, text) {
          left.push(`say ${text}`);
          return 9;
        },
        forJob: (job, keyboard, { onSent }) => ({
          async send(text) {
            const batch = JSON.stringify(keyboard()).includes(cancelBatchData(job.updateId));
            left.push(`send${batch ? ' batch' : ''} ${text}`);
            await onSent(7);
            return 7;
          },
          edit: async (id, text) => void left.push(`edit ${id} ${text}`),
          settle: async (id, text) => void left.push(`settle ${id} ${text}`),
          ask: async (id, text) => void left.push(`ask ${id} ${text}`),
          remove: async (id) => void left.push(`remove ${id}`),
        }),
      },
    });
  });

  const job = (id: number, change: Partial<JobRow> = {}) =>
    ({
      ...newJob(),
      playlistId: null,
      quiet: 0,
      id,
      updateId: 1,
      statusMessageId: null,
      ...change,
    }) as JobRow;

  it('shows one message for one job and takes it away at the delivery', async () => {
    const one = job(1);
    board.open([one]);
    board.show(one, () => 'queued');
    await board.delivered(one);
    expect(left).toEqual(['send queued', 'remove 7']);
    expect(remembered).toEqual([
      [[1], 7],
      [[1], null],
    ]);
  });

  it('leaves the last words of one job where its progress stood', async () => {
    const one = job(1);
    board.open([one]);
    board.show(one, () => 'queued');
    await board.ended(one, () => 'no such video');
    expect(left).toEqual(['send queued', 'settle 7 no such video']);
  });

  it('keeps one message for the links of one update until the last has ended', async () => {
    const jobs = [job(1), job(2), job(3)];
    const [a, b, c] = jobs as [JobRow, JobRow, JobRow];
    board.open(jobs);
    board.show(a, () => 'first');
    await board.delivered(a);
    await board.ended(b, () => 'no such video');
    expect(left).toContainEqual(expect.stringMatching(/^say .*no such video$/s));
    await board.delivered(c);
    expect(left.at(-1)).toBe('remove 7');
    expect(left[0]).toMatch(/^send batch /);
  });

  it('takes over the message of an earlier process', async () => {
    const one = job(1, { statusMessageId: 5 });
    board.open([one]);
    await board.ended(one, () => 'given up');
    expect(left).toEqual(['settle 5 given up']);
  });

  it('still says the last words of a job it never showed', async () => {
    await board.ended(job(1), () => 'no such video');
    await board.delivered(job(2));
    expect(left).toEqual(['say no such video']);
  });

  it('shows nothing of a job that has ended', async () => {
    const one = job(1);
    board.open([one]);
    await board.delivered(one);
    board.show(one, () => 'late');
    expect(left).toEqual([]);
  });
});
