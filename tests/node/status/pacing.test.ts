import { describe, expect, it } from 'vitest';
import { createBoard } from '../../../node/status/board.ts';
import { messageIds } from '../../../node/status/message-ids.ts';
import { statusTransport } from '../../../node/status/transport.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { createOutbox } from '../../../node/telegram/outbox.ts';
import { sendContext } from '../../../node/telegram/send-context.ts';
import { newJob } from '../../support/store.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} } as never;
const MINUTE = 60_000;

/** A clock that is set by hand: what was due is run in its order. */
function handClock() {
  let now = 1_000_000;
  let due: { at: number; run: () => void }[] = [];
  const after = (run: () => void, ms: number) => {
    const entry = { at: now + Math.max(0, ms), run };
    due.push(entry);
    return () => {
      due = due.filter((one) => one !== entry);
    };
  };
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return {
    now: () => now,
    after,
    async advance(ms: number) {
      const end = now + ms;
      await settle();
      for (;;) {
        const next = due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        due = due.filter((one) => one !== next);
        now = Math.max(now, next.at);
        next.run();
        await settle();
      }
      now = end;
    },
  };
}

/** The real board, transport and outbox in front of a Telegram that only takes the time. */
function stage() {
  const clock = handClock();
  const edits: { chat: number; message: number; at: number }[] = [];
  let lastId = 0;
  const outbox = createOutbox({
    log: silent,
    now: clock.now,
    setTimer: (ms, callback) => clock.after(callback, ms),
  });
  const call = (method: string, payload: Record<string, unknown>) =>
    outbox
      .run({
        ...{ method, payload, context: sendContext(), signal: undefined },
        async send() {
          const message_id = method === 'sendMessage' ? ++lastId : Number(payload.message_id);
          if (method === 'editMessageText')
            edits.push({ chat: Number(payload.chat_id), message: message_id, at: clock.now() });
          return { ok: true, result: { message_id } };
        },
      })
      .then((answer) => (answer.ok ? answer.result : undefined));
  const api = {
    config: { use() {} },
    sendMessage: (chat_id: number, text: string) => call('sendMessage', { chat_id, text }),
    editMessageText: (chat_id: number, message_id: number, text: string) =>
      call('editMessageText', { chat_id, message_id, text }),
  };
  const board = createBoard({
    transport: statusTransport(api as never, messageIds(api as never)),
    log: silent,
    remember: async () => {},
    expect: async () => {},
    strayed: async () => true,
    near: async () => ({ known: new Set<number>(), ahead: 0 }),
    now: clock.now,
    setTimer: (run, ms) => ({ cancel: clock.after(run, ms) }),
  });
  return { clock, board, edits };
}

const jobIn = (chatId: number, id: number): JobRow =>
  ({
    ...newJob({ updateId: id }),
    ...{ id, chatId, chatType: chatId < 0 ? 'supergroup' : 'private', quiet: 0 },
    ...{ threadId: null, businessId: null, playlistId: null, statusMessageId: null },
  }) as JobRow;

/** Progress ten times a second for ten minutes, the way a fast download reports it. */
async function report({ clock, board }: ReturnType<typeof stage>, jobs: JobRow[]) {
  for (const job of jobs) board.open([job]);
  for (let tick = 0; tick < 6000; tick++) {
    for (const job of jobs) board.show(job, () => `${job.id} at ${tick}`);
    await clock.advance(100);
  }
}

const most = (times: number[], windowMs: number) =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));

describe('the pace of progress', () => {
  it('is at most one edit in three seconds in a private chat, and no less often', async () => {
    const scene = stage();
    await report(scene, [jobIn(1001, 1)]);
    const times = scene.edits.map(({ at }) => at);
    const gaps = times.slice(1).map((at, n) => at - (times[n] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3000);
    expect(times.length).toBeGreaterThan(150);
  });

  it('is at most twenty edits in any minute in a group, for all its messages together', async () => {
    const scene = stage();
    const jobs = [1, 2, 3, 4, 5, 6].map((id) => jobIn(-100500, id));
    await report(scene, jobs);
    expect(
      most(
        scene.edits.map(({ at }) => at),
        MINUTE,
      ),
    ).toBeLessThanOrEqual(20);
    // None of the six is left without news.
    expect(new Set(scene.edits.map(({ message }) => message)).size).toBe(6);
  });
});
