import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../node/telegram/answer.ts';
import { createOutbox, type OutboxOptions } from '../../../node/telegram/outbox.ts';
import type { Priority } from '../../../node/telegram/send-context.ts';

const OK: Answer = { ok: true, result: { message_id: 1 } };
const flood = (retry_after: number): Answer => ({
  ...{ ok: false, error_code: 429, description: 'Too Many Requests', parameters: { retry_after } },
});

/** A clock that only moves when told, and lets everything due at a moment run before it goes on. */
function fakeClock() {
  let now = 1_000_000;
  let timers: { at: number; run: () => void }[] = [];
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    now: () => now,
    setTimer(ms: number, run: () => void) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    async advance(ms: number) {
      const end = now + ms;
      await settle();
      for (;;) {
        const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((one) => one !== due);
        now = due.at;
        due.run();
        await settle();
      }
      now = end;
    },
  };
}

interface Sent {
  at: number;
  method: string;
  chat: unknown;
  text: unknown;
}

function setup(options: Partial<OutboxOptions> = {}) {
  const clock = fakeClock();
  const start = clock.now();
  const log = pino({ level: 'silent' });
  const outbox = createOutbox({ log, now: clock.now, setTimer: clock.setTimer, ...options });
  const sent: Sent[] = [];
  const call = (
    method: string,
    payload: Record<string, unknown>,
    priority?: Priority,
    answer: (nth: number) => Answer | Promise<Answer> = () => OK,
    signal?: AbortSignal,
  ) => {
    let nth = 0;
    const send = async () => {
      const { chat_id: chat, text } = payload;
      sent.push({ at: clock.now() - start, method, chat, text });
      return answer(nth++);
    };
    return outbox.run({ method, payload, context: { priority }, signal, send });
  };
  const edit = (text: string, answer?: (nth: number) => Answer | Promise<Answer>) =>
    call('editMessageText', { chat_id: 5, message_id: 9, text }, undefined, answer);
  return { clock, outbox, sent, call, edit };
}

/** The most that fell into any window of `ms`. */
function most(times: number[], ms: number): number {
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + ms).length),
  );
}

describe('limits', () => {
  it('sends a burst of five to a private chat, then one a second', async () => {
    const { clock, sent, call } = setup();
    for (let i = 0; i < 8; i++) void call('sendMessage', { chat_id: 5, text: i });
    await clock.advance(10_000);
    expect(sent.map(({ at }) => at)).toEqual([0, 0, 0, 0, 0, 1000, 2000, 3000]);
    expect(sent.map(({ text }) => text)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('never sends more than 20 a minute to a group and delivers all in order', async () => {
    const { clock, sent, call } = setup();
    for (let i = 0; i < 70; i++) void call('sendMessage', { chat_id: -100, text: i });
    await clock.advance(300_000);
    expect(sent.map(({ text }) => text)).toEqual([...Array(70).keys()]);
    expect(
      most(
        sent.map(({ at }) => at),
        60_000,
      ),
    ).toBe(20);
  });

  it('never sends more than 30 a second over 200 chats', async () => {
    const { clock, sent, call } = setup();
    for (let chat = 1; chat <= 200; chat++) void call('sendMessage', { chat_id: chat });
    await clock.advance(20_000);
    expect(sent).toHaveLength(200);
    expect(
      most(
        sent.map(({ at }) => at),
        1000,
      ),
    ).toBe(30);
  });

  it('counts an album as its pictures', async () => {
    const { clock, sent, call } = setup();
    const media = Array(10).fill({});
    for (let i = 0; i < 3; i++) void call('sendMediaGroup', { chat_id: -100, media }, 'final');
    await clock.advance(59_999);
    expect(sent).toHaveLength(2);
    await clock.advance(1);
    expect(sent).toHaveLength(3);
  });

  it('lets progress of a busy group leave room for a delivery', async () => {
    const { clock, sent, call } = setup();
    for (let message_id = 1; message_id <= 40; message_id++)
      void call('editMessageText', { chat_id: -100, message_id, text: 'x' });
    await clock.advance(1000);
    void call('sendVideo', { chat_id: -100 }, 'final');
    await clock.advance(0);
    expect(sent.at(-1)?.method).toBe('sendVideo');
    await clock.advance(120_000);
    expect(
      most(
        sent.map(({ at }) => at),
        60_000,
      ),
    ).toBeLessThanOrEqual(20);
  });

  it('does not hold back button answers, chat actions and polling', async () => {
    const { clock, sent, call } = setup();
    for (let i = 0; i < 100; i++) void call('answerCallbackQuery', { callback_query_id: 'q' });
    void call('sendChatAction', { chat_id: 5, action: 'upload_video' });
    void call('getUpdates', {});
    await clock.advance(0);
    expect(sent).toHaveLength(102);
  });
});

describe('order', () => {
  it('sends what admins are told first, then deliveries, answers, status messages and progress', async () => {
    const { clock, sent, call, edit } = setup();
    for (let i = 0; i < 5; i++) void call('sendMessage', { chat_id: 5, text: 'fill' });
    void edit('progress');
    void call('sendMessage', { chat_id: 5, text: 'status' }, 'status');
    void call('sendMessage', { chat_id: 5, text: 'answer' });
    void call('sendVideo', { chat_id: 5, text: 'final' }, 'final');
    void call('sendMessage', { chat_id: 5, text: 'admin' }, 'admin');
    await clock.advance(60_000);
    expect(sent.slice(5).map(({ text }) => text)).toEqual([
      'admin',
      'final',
      'answer',
      'status',
      'progress',
    ]);
  });

  it('a chat that waits does not hold up another', async () => {
    const { clock, sent, call } = setup();
    for (let i = 0; i < 9; i++) void call('sendMessage', { chat_id: 5 }, 'final');
    void call('sendMessage', { chat_id: 6, text: 'other' });
    await clock.advance(0);
    expect(sent.at(-1)?.text).toBe('other');
  });
});

describe('progress', () => {
  it('keeps only the newest waiting edit of a message', async () => {
    const { clock, sent, call, edit } = setup();
    for (let i = 0; i < 5; i++) void call('sendMessage', { chat_id: 5, text: 'fill' });
    const first = edit('10 %');
    const second = edit('20 %');
    const third = edit('30 %');
    await expect(first).resolves.toEqual({ ok: true, result: true });
    await expect(second).resolves.toEqual({ ok: true, result: true });
    await clock.advance(5000);
    await expect(third).resolves.toEqual(OK);
    expect(sent.slice(5).map(({ text }) => text)).toEqual(['30 %']);
  });

  it('is dropped when its message is deleted', async () => {
    const { clock, sent, call, edit } = setup();
    for (let i = 0; i < 5; i++) void call('sendMessage', { chat_id: 5, text: 'fill' });
    void edit('10 %');
    void call('deleteMessage', { chat_id: 5, message_id: 9 });
    await clock.advance(10_000);
    expect(sent.map(({ method }) => method)).not.toContain('editMessageText');
  });

  it('never overtakes the edit of the same message that is on its way', async () => {
    const { clock, sent, edit } = setup();
    let arrive: (answer: Answer) => void = () => undefined;
    void edit('old', () => new Promise((resolve) => (arrive = resolve)));
    void edit('new');
    await clock.advance(10_000);
    expect(sent.map(({ text }) => text)).toEqual(['old']);
    arrive(OK);
    await clock.advance(0);
    expect(sent.map(({ text }) => text)).toEqual(['old', 'new']);
  });

  it('is dropped on 429 instead of tried again', async () => {
    const { clock, sent, edit } = setup();
    const dropped = edit('10 %', () => flood(5));
    await clock.advance(60_000);
    await expect(dropped).resolves.toEqual({ ok: true, result: true });
    expect(sent).toHaveLength(1);
  });
});

describe('429', () => {
  it('keeps the chat quiet until retry_after is over, then sends what was refused', async () => {
    const { clock, sent, call } = setup();
    const refusedTwice = (nth: number) => (nth < 2 ? flood(137) : OK);
    const video = call('sendVideo', { chat_id: 5, text: 'v' }, 'final', refusedTwice);
    await clock.advance(1000);
    void call('sendMessage', { chat_id: 5, text: 'm' });
    void call('sendMessage', { chat_id: 6, text: 'other' });
    await clock.advance(300_000);
    await expect(video).resolves.toEqual(OK);
    expect(sent.map(({ at, text }) => [at, text])).toEqual([
      [0, 'v'],
      [1000, 'other'],
      [137_000, 'v'],
      [137_000, 'm'],
      [274_000, 'v'],
    ]);
  });

  it('rests for everybody when many chats are told to wait', async () => {
    const { clock, sent, call } = setup();
    for (const chat of [1, 2, 3])
      void call('sendMessage', { chat_id: chat }, 'final', (nth) => (nth ? OK : flood(20)));
    await clock.advance(0);
    void call('sendMessage', { chat_id: 4, text: 'fourth' });
    await clock.advance(19_999);
    expect(sent).toHaveLength(3);
    await clock.advance(1);
    expect(sent).toHaveLength(7);
  });

  it('fails a status message at once, so that the job goes on without it', async () => {
    const { clock, call } = setup();
    const status = call('sendMessage', { chat_id: 5 }, 'status', () => flood(30));
    await clock.advance(0);
    await expect(status).resolves.toEqual(flood(30));
  });

  it('hands a delivery’s 429 to the caller after an hour of waiting', async () => {
    const { clock, sent, call } = setup();
    const video = call('sendVideo', { chat_id: 5 }, 'final', () => flood(600));
    await clock.advance(2 * 3_600_000);
    await expect(video).resolves.toEqual(flood(600));
    expect(sent.length).toBeLessThanOrEqual(7);
  });

  it('a storm over 100 chats loses no delivery and breaks no retry_after', async () => {
    const { clock, sent, call } = setup();
    let seed = 42;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    const told = new Map<number, { at: number; until: number }>();
    let early = 0;
    const storm = (chat: number) => () => {
      const now = clock.now();
      const last = told.get(chat);
      // What left at the very moment of the refusal could not know of it.
      if (last && now > last.at && now < last.until) early++;
      if (now > 1_060_000 || random() < 0.5) return OK;
      const seconds = 1 + Math.floor(random() * 137);
      told.set(chat, { at: now, until: now + seconds * 1000 });
      return flood(seconds);
    };
    const finals: Promise<Answer>[] = [];
    for (let chat = 1; chat <= 100; chat++) {
      finals.push(call('sendVideo', { chat_id: chat }, 'final', storm(chat)));
      void call('editMessageText', { chat_id: chat, message_id: 1 }, undefined, storm(chat));
    }
    await clock.advance(3_600_000);
    expect(await Promise.all(finals)).toEqual(Array(100).fill(OK));
    expect(early).toBe(0);
    expect(sent.length).toBeGreaterThan(100);
  });
});

describe('bounds', () => {
  it('refuses as Telegram would when too much waits', async () => {
    const { call } = setup({ maxWaiting: 3 });
    for (let i = 0; i < 8; i++) void call('sendMessage', { chat_id: 5 });
    await expect(call('sendMessage', { chat_id: 5 })).resolves.toMatchObject({ error_code: 429 });
  });

  it('leaves the queue when its signal is aborted', async () => {
    const { clock, outbox, sent, call } = setup();
    for (let i = 0; i < 5; i++) void call('sendMessage', { chat_id: 5 });
    const cancel = new AbortController();
    const waiting = call('sendMessage', { chat_id: 5 }, undefined, undefined, cancel.signal);
    const gone = expect(waiting).rejects.toMatchObject({ stage: 'not_sent', aborted: true });
    cancel.abort();
    await gone;
    expect(outbox.waiting).toBe(0);
    await clock.advance(10_000);
    expect(sent).toHaveLength(5);
  });

  it('gives a status message up while it waits, and leaves one alone that has left', async () => {
    const { clock, outbox, sent } = setup();
    const unwanted = new AbortController();
    let answer: (answer: Answer) => void = () => {};
    const status = (nth: number) =>
      outbox.run({
        method: 'sendMessage',
        payload: { chat_id: 5 },
        context: { priority: 'status', waiting: unwanted.signal },
        signal: undefined,
        send: () => {
          sent.push({ at: clock.now(), method: 'sendMessage', chat: 5, text: nth });
          return nth === 0 ? new Promise<Answer>((done) => (answer = done)) : Promise.resolve(OK);
        },
      });
    const [first, ...rest] = [0, 1, 2, 3, 4, 5].map(status);
    const late = expect(rest.at(-1)).rejects.toMatchObject({ stage: 'not_sent', aborted: true });
    unwanted.abort();
    await late;
    await clock.advance(10_000);
    expect(sent).toHaveLength(5);
    answer(OK);
    expect(await first).toEqual(OK);
  });
});

it('ends with the node: what waits is given up as not sent, and nothing more leaves', async () => {
  const { outbox, sent, call, clock } = setup();
  const calls = Array.from({ length: 300 }, (_, n) =>
    call('sendMessage', { chat_id: n + 1, text: 'number 900 in line' }, 'status'),
  );
  const ends = Promise.allSettled(calls);
  await clock.advance(100);
  expect([sent.length, outbox.waiting]).toEqual([30, 270]);
  outbox.close();
  const late = await call('sendMessage', { chat_id: 1, text: 'too late' }).catch(
    ({ name }) => name,
  );
  await clock.advance(60_000);
  const given = (await ends).filter(({ status }) => status === 'rejected').length;
  expect([sent.length, outbox.waiting, given, late]).toEqual([30, 0, 270, 'TransportFailure']);
});
