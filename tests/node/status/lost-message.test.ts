import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBoard } from '../../../node/status/board.ts';
import { statusTransport } from '../../../node/status/transport.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { createOutbox } from '../../../node/telegram/outbox.ts';
import { TELEGRAM_LIMITS } from '../../../node/telegram/send-budget.ts';
import { createTelegram, type Telegram } from '../../../node/telegram/transport.ts';
import { type RunningBotApi, startBotApi } from '../../support/bot-api.ts';
import { newJob, tempStore } from '../../support/store.ts';

const log = pino({ level: 'silent' });
/** Without Telegram's pace for one chat: it is not what is looked at here. */
const limits = { ...TELEGRAM_LIMITS, burst: 50 };
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

/** A process: its board knows what the database says and nothing else. */
function start() {
  const { jobs } = temp.store;
  return createBoard({
    ...{ log, transport: statusTransport(api) },
    remember: async (ids, messageId) => {
      for (const id of ids) await jobs.setStatusMessage(id, messageId);
    },
    expect: async (ids, above) => {
      for (const id of ids) await jobs.expectStatusMessage(id, above);
    },
    setTimer: (run) => ({ cancel: clearTimeout.bind(undefined, setTimeout(run)) }),
  });
}

const row = async ({ id }: JobRow) => (await temp.store.jobs.find(id)) as JobRow;
const texts = (user: number) => telegram.api.visible(user).filter(({ bot }) => bot);

async function newJobOf(user: number): Promise<JobRow> {
  const { message_id: replyTo } = telegram.api.say(user, user, 'http://site.example/clip.mp4');
  const wanted = newJob({ userId: user, replyTo });
  return (await temp.store.jobs.add(wanted.updateId, [wanted]))[0] as JobRow;
}

/** Sent by a process that dies before the answer. `between` is what other chats got meanwhile. */
async function sentUnheard(user: number, between: number): Promise<JobRow> {
  const job = await newJobOf(user);
  for (let n = 0; n < between; n++) telegram.api.say(900 + n, 900 + n, 'hello');
  const board = start();
  const { api: world } = telegram;
  world.faults.add({ method: 'editMessageReplyMarkup', kind: 'error' });
  world.faults.add({ method: 'sendMessage', kind: 'cut-after' });
  const from = world.calls.length;
  board.open([job]);
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
