import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCard } from '../../../node/status/card.ts';

interface Left {
  at: number;
  what: string;
}

describe.each([
  { chat: 'a private chat', pace: 3_000 },
  { chat: 'a group', pace: 6_000 },
])('a status message in $chat', ({ pace }) => {
  let left: Left[];
  let start: number;

  beforeEach(() => {
    vi.useFakeTimers();
    start = Date.now();
    left = [];
  });
  afterEach(() => vi.useRealTimers());

  const note = (what: string) => void left.push({ at: Date.now() - start, what });
  const errors: unknown[] = [];
  const card = (change: object = {}) =>
    createCard({
      pace,
      now: Date.now,
      onError: (error) => errors.push(error),
      transport: {
        async send(text) {
          note(`send ${text}`);
          return 7;
        },
        edit: async (id, text) => note(`edit ${id} ${text}`),
        settle: async (id, text) => note(`settle ${id} ${text}`),
        ask: async (id, text) => note(`ask ${id} ${text}`),
        remove: async (id) => note(`remove ${id}`),
      },
      ...change,
    });
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it('is sent at once and edited no faster than the chat allows, always to the newest', async () => {
    const one = card();
    for (let percent = 0; percent <= 100; percent++) {
      one.show(`${percent} %`);
      await pass(200);
    }
    const at = left.map((call) => call.at);
    expect(at[0]).toBe(0);
    for (const [n, time] of at.slice(1).entries()) {
      expect(time - (at[n] as number)).toBeGreaterThanOrEqual(pace);
    }
    expect(left.length).toBe(1 + Math.floor(20_200 / pace));
    // What leaves is what holds at that moment, not what waited first.
    expect(left[1]?.what).toBe(`edit 7 ${pace / 200 - 1} %`);
  });

  it('tells what holds when its first turn comes, however long that took', async () => {
    let turn = () => {};
    const one = card({
      transport: {
        send: (_text: string, _unwanted: AbortSignal, newest: () => string) =>
          new Promise<number>((sent) => {
            turn = () => {
              note(`send ${newest()}`);
              sent(7);
            };
          }),
        edit: async (id: number, text: string) => note(`edit ${id} ${text}`),
      },
    });
    let place = 900;
    one.show('number 900', () => `number ${place}`);
    place = 12;
    await pass(10 * pace);
    turn();
    await pass(10 * pace);
    expect(left.map(({ what }) => what)).toEqual(['send number 12']);
  });

  it('does not leave any more when another node shows the job before its turn comes', async () => {
    let left = true;
    const one = card({
      transport: {
        send: (_text: string, unwanted: AbortSignal) =>
          new Promise<number>((_sent, gone) => {
            unwanted.addEventListener('abort', () => {
              left = false;
              gone(new Error('unwanted'));
            });
          }),
      },
    });
    one.show('queued');
    one.letGo();
    await pass(10 * pace);
    expect([left, errors]).toEqual([false, []]);
  });

  it('never says the same twice', async () => {
    const one = card();
    one.show('queued');
    one.show('queued');
    one.show('extracting');
    one.show('queued');
    await pass(10 * pace);
    expect(left.map(({ what }) => what)).toEqual(['send queued']);
  });

  it('says the last words at once, and nothing after them', async () => {
    const one = card();
    one.show('queued');
    one.show('10 %');
    await one.settle('failed');
    one.show('20 %');
    await pass(10 * pace);
    expect(left).toEqual([
      { at: 0, what: 'send queued' },
      { at: 0, what: 'settle 7 failed' },
    ]);
  });

  it('goes away once, with whatever waited', async () => {
    const one = card();
    one.show('queued');
    one.show('10 %');
    await one.close();
    await one.close();
    await pass(10 * pace);
    expect(left.map(({ what }) => what)).toEqual(['send queued', 'remove 7']);
  });

  it('takes the message of an earlier process over', async () => {
    const one = card({ messageId: 5 });
    one.show('extracting');
    await pass(pace);
    await one.close();
    expect(left.map(({ what }) => what)).toEqual(['edit 5 extracting', 'remove 5']);
  });

  it('says the last words even when its first message never got through', async () => {
    const settled: unknown[] = [];
    const one = card({
      transport: {
        send: async () => {
          throw new Error('429');
        },
        edit: async () => {},
        settle: async (id: number | undefined) => void settled.push(id),
        ask: async () => {},
        remove: async () => {},
      },
    });
    one.show('queued');
    await one.settle('failed');
    expect(settled).toEqual([undefined]);
  });
});
