import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statusKeyboard } from '../../../node/chat/keyboards.ts';
import { createBoard } from '../../../node/status/board.ts';
import type { Keyboard } from '../../../node/status/card.ts';
import { messageIds } from '../../../node/status/message-ids.ts';
import { statusTransport } from '../../../node/status/transport.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { createOutbox } from '../../../node/telegram/outbox.ts';
import { TELEGRAM_LIMITS } from '../../../node/telegram/send-budget.ts';
import { createTelegram, type Telegram } from '../../../node/telegram/transport.ts';
import { type RunningBotApi, startBotApi } from '../../support/bot-api.ts';
import { newJob, tempStore } from '../../support/store.ts';

const log = pino({ level: 'silent' });
/** Without Telegram's pace: it is not what is looked at here. */
const limits = { ...TELEGRAM_LIMITS, burst: 50, perSecond: 1_000 };
let telegram: RunningBotApi;
let temp: ReturnType<typeof tempStore>;
let api: Telegram;
beforeAll(async () => {
  temp = tempStore();
  telegram = await startBotApi();
  const { token, root: apiRoot } = telegram;
  api = createTelegram({ token, apiRoot, log, outbox: createOutbox({ log, limits }) });
});
afterAll(async () => {
  await api.close();
  await telegram.stop();
  temp.close();
});

/** A process: its board knows what the database says, and what the process hears. */
function start(ids = messageIds(api), through: Telegram = api) {
  const { jobs } = temp.store;
  return createBoard({
    ...{ log, transport: statusTransport(through, ids) },
    remember: async (ids, messageId) => {
      for (const id of ids) await jobs.setStatusMessage(id, messageId);
    },
    expect: async (ids, above) => {
      for (const id of ids) await jobs.expectStatusMessage(id, above);
    },
    ...{ strayed: jobs.strayMessage, near: jobs.messagesAbove },
    setTimer: (run) => ({ cancel: clearTimeout.bind(undefined, setTimeout(run)) }),
  });
}

const row = async ({ id }: JobRow) => (await temp.store.jobs.find(id)) as JobRow;
const texts = (user: number) => telegram.api.visible(user).filter(({ bot }) => bot);

/** What a process sent that nobody here has heard of. */
const underItsButtons = (job: JobRow) =>
  telegram.client.sendMessage(job.chatId, 'in the queue', {
    reply_markup: { inline_keyboard: statusKeyboard(job, { batch: false, paused: false }) },
  });

async function newJobOf(user: number): Promise<JobRow> {
  const { message_id: replyTo } = telegram.api.say(user, user, 'http://site.example/clip.mp4');
  const wanted = newJob({ userId: user, replyTo });
  return (await temp.store.jobs.add(wanted.updateId, [wanted]))[0] as JobRow;
}

/**
 * Sent by a process that dies before the answer. `between` is what other chats got meanwhile, and
 * so many of them sent links.
 */
async function sentUnheard(user: number, between: number, links = 0): Promise<JobRow> {
  const job = await newJobOf(user);
  for (let n = 0; n < between; n++) telegram.api.say(900 + n, 900 + n, 'hello');
  const board = start();
  const { api: world } = telegram;
  world.faults.add({ method: 'editMessageReplyMarkup', kind: 'error' });
  world.faults.add({ method: 'sendMessage', kind: 'cut-after' });
  const from = world.calls.length;
  board.open([job]);
  for (let n = 0; n < links; n++) await newJobOf(2_000 + n);
  board.show(job, () => 'in the queue');
  const died = () => world.calls.slice(from).some(({ method }) => method.startsWith('edit'));
  await world.waitFor(died);
  expect(texts(user)).toHaveLength(1);
  expect(await row(job)).toMatchObject({ statusMessageId: null, statusFloor: job.replyTo });
  return row(job);
}

it('finds a message whose answer was lost, without a restart', async () => {
  const job = await newJobOf(100);
  telegram.api.faults.add({ method: 'sendMessage', kind: 'cut-after' });
  const board = start();
  board.open([job]);
  board.show(job, () => 'in the queue');
  await telegram.api.waitFor(() => texts(100).length > 0);
  board.show(job, () => 'downloading');
  await telegram.api.waitFor(() => texts(100)[0]?.text === 'downloading');
  await board.delivered(job);
  expect(texts(100)).toEqual([]);
});

it('tries again to take a message away', async () => {
  const job = await newJobOf(99);
  const board = start();
  board.open([job]);
  board.show(job, () => 'in the queue');
  await telegram.api.waitFor(() => texts(99).length > 0);
  telegram.api.faults.add({ method: 'deleteMessage', kind: 'error', times: 2 });
  await board.delivered(job);
  expect((await row(job)).statusMessageId).not.toBeNull();
  await telegram.api.waitFor(() => texts(99).length === 0);
  await expect.poll(async () => (await row(job)).statusMessageId).toBeNull();
});

it('goes on in the message an earlier process sent, although its id was never heard', async () => {
  const job = await sentUnheard(101, 5);
  const board = start();
  board.open([job]);
  board.show(job, () => 'downloading');
  await telegram.api.waitFor(() => texts(101)[0]?.text === 'downloading');
  expect(texts(101)).toHaveLength(1);
  await board.delivered(job);
  expect(texts(101)).toEqual([]);
  expect(await row(job)).toMatchObject({ statusMessageId: null, statusFloor: null });
});

it('takes it away after a job that had nothing more to show', async () => {
  const job = await sentUnheard(102, 0);
  const board = start();
  board.open([job]);
  await board.delivered(job);
  expect(texts(102)).toEqual([]);
});

it('sends one where none had left, and changes nobody else’s message', async () => {
  const job = await newJobOf(103);
  await temp.store.jobs.expectStatusMessage(job.id, job.replyTo ?? 0);
  const words = await api.sendMessage(103, 'words of the bot');
  const board = start();
  const found = await row(job);
  board.open([found]);
  board.show(found, () => 'downloading');
  await telegram.api.waitFor(() => texts(103).length === 2, 20_000);
  expect(texts(103).map(({ text, buttons }) => [text, buttons.length])).toEqual([
    [words.text, 0],
    ['downloading', 1],
  ]);
});

it('finds it behind forty messages of others, because the database knows those', async () => {
  const job = await sentUnheard(104, 0, 40);
  const board = start();
  board.open([job]);
  await board.delivered(job);
  expect(texts(104)).toEqual([]);
});

it('leaves a delivered file of the same chat its buttons', async () => {
  const job = await newJobOf(105);
  await temp.store.jobs.expectStatusMessage(job.id, job.replyTo ?? 0);
  const buttons = [[{ text: 'Audio', callback_data: 'a:1' }]];
  const file = await api.sendMessage(105, 'a file', { reply_markup: { inline_keyboard: buttons } });
  const other = await newJobOf(105);
  const rules = { bootId: 'b', now: Date.now(), leaseMs: 1, perUser: 99, skipSites: [] };
  const [claimed] = await temp.store.jobs.claimFollowers(other.fileKey, rules);
  const done = { state: 'done' as const, now: Date.now(), sentMessageId: file.message_id };
  await temp.store.jobs.end(claimed as JobRow, done);
  const board = start();
  board.open([await row(job)]);
  await board.delivered(job);
  expect(texts(105).map((one) => one.buttons)).toEqual([[['Audio']]]);
});

it('finds each of thirty that were on their way at once when their sender died', async () => {
  const jobs: JobRow[] = [];
  for (let n = 0; n < 30; n++) jobs.push(await newJobOf(3_000 + n));
  const { api: world } = telegram;
  world.faults.add({ method: 'editMessageReplyMarkup', kind: 'error', times: 30 });
  world.faults.add({ method: 'sendMessage', kind: 'cut-after', times: 30 });
  const from = world.calls.length;
  const board = start();
  for (const job of jobs) board.open([job]);
  for (const job of jobs) board.show(job, () => 'in the queue');
  const died = () => world.calls.slice(from).filter(({ method }) => method.startsWith('edit'));
  await world.waitFor(() => died().length === 30);
  const later = start();
  const rows = await Promise.all(jobs.map(row));
  for (const job of rows) later.open([job]);
  await Promise.all(rows.map((job) => later.delivered(job)));
  expect(rows.flatMap(({ userId }) => texts(userId))).toEqual([]);
});

it('finds it behind messages that nobody had told the database of, once they come in', async () => {
  const user = 4_000;
  const { message_id: replyTo } = telegram.api.say(user, user, 'http://site.example/clip.mp4');
  const others = Array.from({ length: 60 }, (_, n) => telegram.api.say(4_001 + n, 4_001 + n, 'hi'));
  const wanted = newJob({ userId: user, replyTo });
  const [job] = (await temp.store.jobs.add(wanted.updateId, [wanted])) as [JobRow];
  const { chatId, chatType } = job;
  // The process that died had taken none of the other updates.
  await temp.store.jobs.expectStatusMessage(job.id, replyTo);
  await underItsButtons(job);
  const ids = messageIds(api);
  telegram.api.events.once('call', () => {
    const asked = { kind: 'text', text: 'hi' } as const;
    const chat = { id: chatId, type: chatType };
    for (const { message_id: messageId } of others) ids.heard({ chat, messageId, ask: asked });
  });
  const board = start(ids);
  const found = await row(job);
  board.open([found]);
  await board.delivered(found);
  expect(texts(user)).toEqual([]);
});

it('finds it although its own button was pressed meanwhile', async () => {
  const job = await newJobOf(4_900);
  await temp.store.jobs.expectStatusMessage(job.id, job.replyTo ?? 0);
  const { message_id: messageId } = await underItsButtons(job);
  const ids = messageIds(api);
  const ask = { kind: 'button', queryId: 'q', messageId, data: `x:${job.id}` } as const;
  ids.heard({ chat: { id: job.chatId, type: job.chatType }, messageId, ask });
  const board = start(ids);
  const found = await row(job);
  board.open([found]);
  await board.delivered(found);
  expect(texts(4_900)).toEqual([]);
});

describe('a message that Telegram makes only after it was looked for', () => {
  const searched = (from: number) => () =>
    telegram.api.calls.slice(from).filter(({ method }) => method === 'editMessageReplyMarkup')
      .length >= 24;

  it('of this process is taken away at the end', async () => {
    const job = await newJobOf(5_000);
    telegram.api.faults.add({ method: 'sendMessage', kind: 'cut-before' });
    const board = start();
    const from = telegram.api.calls.length;
    board.open([job]);
    board.show(job, () => 'in the queue');
    await telegram.api.waitFor(searched(from));
    await underItsButtons(job);
    await board.delivered(job);
    await telegram.api.waitFor(() => texts(5_000).length === 0);
  });

  it('of an earlier one is taken away, too, and not the one shown in its place', async () => {
    const job = await newJobOf(5_001);
    await temp.store.jobs.expectStatusMessage(job.id, job.replyTo ?? 0);
    const board = start();
    const found = await row(job);
    board.open([found]);
    board.show(found, () => 'downloading');
    await telegram.api.waitFor(() => texts(5_001).length === 1);
    await underItsButtons(job);
    await board.ended(found, () => 'it failed');
    await telegram.api.waitFor(() => texts(5_001).length === 1);
    expect(texts(5_001).map(({ text }) => text)).toEqual(['it failed']);
  });
});

describe('a message that went to another node on its way', () => {
  /** Its answer comes once it is let through. */
  function slowly() {
    let letThrough = () => {};
    const answered = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    const sendMessage = async (...message: Parameters<Telegram['sendMessage']>) => {
      const sent = await api.sendMessage(...message);
      await answered;
      return sent;
    };
    const slow = Object.create(api, { sendMessage: { value: sendMessage } }) as Telegram;
    return { slow, letThrough: () => letThrough() };
  }

  async function onItsWay(user: number) {
    const job = await newJobOf(user);
    const { slow, letThrough } = slowly();
    const one = start(messageIds(api), slow);
    one.open([job]);
    one.show(job, () => 'in the queue');
    await telegram.api.waitFor(() => texts(user).length === 1);
    const two = start();
    two.open([await row(job)]);
    one.letGo(job.updateId);
    return { job, two, letThrough };
  }

  it('is found there by the id that the first one heard', async () => {
    const { job, two, letThrough } = await onItsWay(6_000);
    letThrough();
    await expect.poll(async () => (await row(job)).statusMessageId).not.toBeNull();
    const from = telegram.api.calls.length;
    await two.delivered(job);
    expect(texts(6_000)).toEqual([]);
    const methods = telegram.api.calls.slice(from).map(({ method }) => method);
    expect(methods).toEqual(['deleteMessage']);
  });

  it('is taken away by the first one when its job was over before the answer', async () => {
    const { job, letThrough } = await onItsWay(6_001);
    temp.sqlite
      .prepare("UPDATE jobs SET state = 'done', status_floor = NULL WHERE id = ?")
      .run(job.id);
    letThrough();
    await telegram.api.waitFor(() => texts(6_001).length === 0);
    expect((await row(job)).statusMessageId).toBeNull();
  });
});

it('forgets nothing when the search fails: it is made again', async () => {
  const job = await sentUnheard(106, 0);
  telegram.api.faults.add({ method: 'editMessageReplyMarkup', kind: 'error' });
  const board = start();
  board.open([job]);
  await board.delivered(job);
  await telegram.api.waitFor(() => texts(106).length === 0);
  await expect.poll(async () => (await row(job)).statusFloor).toBeNull();
});

describe('last words without a message to stand in', () => {
  const words = () => 'it failed, abcdef01';
  const ids = (user: number) => texts(user).map(({ text, buttons }) => [text, buttons]);

  const kinds: [string, number, Keyboard, string[][]][] = [
    ['buttons', 1, [[{ text: 'Retry', callback_data: 're:1' }]], [['Retry']]],
    ['no buttons', 2, [], []],
  ];

  it.each(kinds)('and with %s are said once when their answer is lost', async (...kind) => {
    const [, n, keyboard, shown] = kind;
    const user = 120 + n;
    const job = await newJobOf(user);
    telegram.api.faults.add({ method: 'sendMessage', kind: 'cut-after' });
    const board = start();
    board.open([job]);
    await board.ended(job, words, keyboard);
    expect(ids(user)).toEqual([[words(), shown]]);
  });

  it.each(kinds)('and with %s are found by a later start that says them again', async (...kind) => {
    const [, n, keyboard, shown] = kind;
    const user = 130 + n;
    const job = await newJobOf(user);
    telegram.api.faults.add({ method: 'sendMessage', kind: 'cut-after' });
    telegram.api.faults.add({ method: 'editMessageReplyMarkup', kind: 'error' });
    const board = start();
    board.open([job]);
    await expect(board.ended(job, words, keyboard)).rejects.toThrow();
    const later = start();
    const again = await row(job);
    later.open([again]);
    const now = () => 'it failed five minutes ago, abcdef01';
    await later.ended(again, now, keyboard);
    expect(ids(user)).toEqual([[now(), shown]]);
  });

  it.each(kinds)('and with %s never stand under others', async (...kind) => {
    const [, n, keyboard, shown] = kind;
    const user = 140 + n;
    const job = await newJobOf(user);
    const board = start();
    board.open([job]);
    const from = telegram.api.calls.length;
    await board.ended(job, words, keyboard);
    expect(ids(user)).toEqual([[words(), shown]]);
    const made = telegram.api.calls.slice(from).map(({ method }) => method);
    expect(made).toEqual(['sendMessage']);
  });

  it('are not taken for those of another job that say something else', async () => {
    const [one, other] = [await newJobOf(150), await newJobOf(150)];
    telegram.api.faults.add({ method: 'sendMessage', kind: 'cut-after' });
    telegram.api.faults.add({ method: 'editMessageReplyMarkup', kind: 'error' });
    const board = start();
    board.open([one]);
    await expect(board.ended(one, words, [])).rejects.toThrow();
    await temp.store.jobs.expectStatusMessage(other.id, other.replyTo ?? 0);
    const [later, again] = [start(), await row(other)];
    later.open([again]);
    await later.ended(again, () => 'it failed, 12345678', []);
    const [last, first] = [start(), await row(one)];
    last.open([first]);
    await last.ended(first, words, []);
    expect(ids(150)).toEqual([
      [words(), []],
      ['it failed, 12345678', []],
    ]);
  });

  it('of one link of several are said once as well', async () => {
    const user = 110;
    const { message_id: replyTo } = telegram.api.say(user, user, 'two links');
    const one = newJob({ userId: user, replyTo });
    const two = { ...one, item: 1, mediaKey: 'other', fileKey: 'other|auto' };
    const rows = await temp.store.jobs.add(one.updateId, [one, two]);
    const board = start();
    board.open(rows);
    telegram.api.faults.add({ method: 'sendMessage', kind: 'cut-after' });
    await board.ended(rows[0] as JobRow, words, [[{ text: 'Retry', callback_data: 're:9' }]]);
    expect(texts(user).filter(({ text }) => text.includes(words()))).toHaveLength(1);
  });
});

it('a question comes under its own buttons at once, and once when its answer is lost', async () => {
  const job = await newJobOf(111);
  telegram.api.faults.add({ method: 'sendMessage', kind: 'cut-after' });
  const board = start();
  board.open([job]);
  const from = telegram.api.calls.length;
  await board.asked(job, () => 'Which one?', [[{ text: 'Best', callback_data: 'q:1' }]]);
  expect(texts(111).map(({ text, buttons }) => [text, buttons])).toEqual([
    ['Which one?', [['Best']]],
  ]);
  const made = telegram.api.calls.slice(from).map(({ method }) => method);
  expect(made).not.toContain('editMessageText');
});
