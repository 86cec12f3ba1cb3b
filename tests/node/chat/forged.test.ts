/** Buttons nobody gave to whoever presses them: foreign, forged, expired, tapped again and again. */
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { handleRequest } from '../../../node/chat/handle.ts';
import { ADMIN } from '../../../node/sandbox/bot-api/personas.ts';
import type { User } from '../../../node/sandbox/bot-api/shapes.ts';
import { JobError } from '../../../shared/errors.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { conversation } from '../../support/conversation.ts';
import { type Desk, newcomer, startDesk } from '../../support/desk.ts';
import { seeded } from '../../support/random.ts';

const TRIES = 1_000;
const SEED = Number(process.env.SEED ?? 20_260_103);
const SITE = 'https://site.example';
const t = textsFor('en');
const ALL = new RegExp(t.list.all(3));
const toasts = new Set([...Object.values(t.toast), t.group.adminsOnly, '']);

let desk: Desk;
let owner: User;
/** Frees the download that runs while strangers press. */
let goOn: () => void;
/** A message of the bot for each kind of keyboard, with its data. */
let screens: { message: number; data: string[] }[];

beforeAll(async () => {
  desk = await startDesk({ ffmpeg: inject('ffmpeg'), env: { ADMIN_IDS: String(ADMIN.id) } });
  owner = newcomer('en');
  screens = await furnish();
  await desk.deafen();
});
afterAll(() => desk?.close());

const keyboards = () =>
  desk.telegram.api.messages(owner.id).flatMap(({ message_id, reply_markup }) => {
    const buttons = reply_markup?.inline_keyboard.flat() ?? [];
    const data = buttons.flatMap(({ callback_data }) => callback_data ?? []);
    return data.length > 0 ? [{ message: message_id, data }] : [];
  });

/** A delivery, a failure, an open menu, a list to pick from and a download under way. */
async function furnish() {
  const chat = conversation(desk, owner);
  const entries = Array.from({ length: 3 }, (_, n) => ({ url: `${SITE}/entry/${n}` }));
  desk.pages.set('list', () => ({ entries, entryCount: 3, formats: [] }));
  const held = new Promise<void>((done) => {
    goOn = done;
  });
  desk.beforeDownload.run = ({ info }) => {
    if (info.webpageUrl.includes('/fails/')) throw new JobError('convert_failed');
    return info.webpageUrl.includes('/slow/') ? held : undefined;
  };
  await chat.sees({ kind: 'video', replyTo: chat.say(`${SITE}/sent/1`) });
  await chat.sees({ button: /Lower/, replyTo: chat.say(`${SITE}/fails/1`) });
  await chat.sees({ button: ALL, replyTo: chat.say(`${SITE}/list/1`) });
  const asked = chat.say(`${SITE}/sent/2`);
  const video = await chat.sees({ kind: 'video', replyTo: asked });
  await chat.press(video, /Other quality/);
  await chat.sees({ button: /360p/, replyTo: asked });
  await chat.sees({ button: /Cancel/, replyTo: chat.say(`${SITE}/slow/1`) });
  chat.say('/settings');
  await chat.sees({ button: /Audio format/ });
  chat.say('/forget_me');
  await chat.sees({ button: /Yes/ });
  return keyboards();
}

/** Everything the store holds about the owner, and what admins may change. */
async function belongings() {
  const { store, work } = desk;
  const { maintenance, limits, channels } = work.settings;
  const states = ['asking', 'queued', 'running', 'sending', 'done', 'failed', 'cancelled'] as const;
  return {
    person: { ...(await store.users.find(owner.id)), seenAt: 0 },
    jobs: (await store.jobs.ofUser(owner.id, [...states], 100)).map(({ id, state }) => [id, state]),
    messages: desk.telegram.api.visible(owner.id).map(({ id, buttons }) => ({ id, buttons })),
    admin: { maintenance, limits: { ...limits }, channels: [...channels] },
  };
}

/** As many as the node's gate for light work lets through together, and more than anybody taps. */
const AT_ONCE = 25;

/** Hands the presses to the chat as if they had come together; answers the toasts. */
async function pressAll(presses: { message: number; data: string; who: User }[]) {
  const { api } = desk.telegram;
  const press = async ({ message, data, who }: (typeof presses)[number]) => {
    const queryId = api.press(message, data, who);
    await handleRequest(desk.chat, {
      ...{ v: 1, updateId: 1e9 + Number(queryId.slice(-9)), receivedAt: Date.now() },
      chat: { id: owner.id, type: 'private' },
      user: { id: who.id, languageCode: 'en' },
      ask: { kind: 'button', queryId, data, messageId: message },
    });
    return api.world.callbackAnswers.get(queryId)?.text;
  };
  const toasts: (string | undefined)[] = [];
  for (let at = 0; at < presses.length; at += AT_ONCE) {
    toasts.push(...(await Promise.all(presses.slice(at, at + AT_ONCE).map(press))));
  }
  return toasts;
}

const ADMIN_DATA = [
  ...[
    'reset:yes',
    'cleanup:go',
    'ban:5001',
    'unban:5001',
    'cast:send',
    'cast:stop',
    'open:youtube',
  ],
  ...['shut:youtube', 'jar:youtube|main', 'cast:cancel', 'reset', '__proto__:x', 'constructor:x'],
].map((rest) => `a:${rest}`);

describe('crafted buttons', () => {
  it(`change nothing that is not theirs: ${TRIES} of them (seed ${SEED})`, async () => {
    const random = seeded(SEED);
    const strangers = Array.from({ length: 20 }, () => newcomer('en'));
    const before = await belongings();
    const presses = Array.from({ length: TRIES }, () => {
      const screen = random.pick(screens);
      const data = crafted(random, random.pick(screen.data));
      return { message: screen.message, data, who: random.pick(strangers) };
    });
    for (const toast of await pressAll(presses)) expect(toasts).toContain(toast);
    expect(await belongings()).toEqual(before);
    for (const { id } of strangers) expect(desk.telegram.api.visible(id)).toEqual([]);
  }, 120_000);

  it('of an admin do nothing for a stranger', async () => {
    const stranger = newcomer('en');
    const before = await belongings();
    const message = screens[0]?.message ?? 0;
    const answers = await pressAll(ADMIN_DATA.map((data) => ({ message, data, who: stranger })));
    expect(new Set(answers)).toEqual(new Set([t.toast.expired]));
    expect(await belongings()).toEqual(before);
  });

  it('tapped twenty times by their owner count once', async () => {
    const { api } = desk.telegram;
    desk.beforeDownload.run = () => {};
    const before = desk.downloads.length;
    const find = (text: RegExp) => {
      const message = api
        .messages(owner.id)
        .find((one) => one.reply_markup?.inline_keyboard.flat().some((b) => text.test(b.text)));
      const button = message?.reply_markup?.inline_keyboard.flat().find((b) => text.test(b.text));
      return { message: message?.message_id ?? 0, data: button?.callback_data ?? '' };
    };
    const taps = (one: { message: number; data: string }) =>
      pressAll(Array.from({ length: 20 }, () => ({ ...one, who: owner })));
    const retry = find(/Try again/);
    const pick = find(/360p/);
    const list = find(ALL);
    await taps(retry);
    await taps(pick);
    await taps(list);
    goOn();
    const wanted = () => desk.downloads.length - before;
    // One for the retry, one from the menu, three of the list, and the one that was held.
    await vi.waitFor(() => expect(desk.work.runner.running.size).toBe(0), 60_000);
    expect(wanted()).toBe(6);
    const message = screens[0]?.message ?? 0;
    // What was picked once is sent again as any known file is: without another download.
    await taps({ ...pick, message });
    expect(await taps({ ...list, message })).toEqual(Array(20).fill(t.toast.tooLate));
    expect(wanted()).toBe(6);
  }, 120_000);
});

/** The owner's own button, one of a job that never was, verbs nobody made, and noise. */
function crafted(random: ReturnType<typeof seeded>, real: string): string {
  const id = 1 + random.below(60);
  const verbs = ['x', 'xb', 'm', 'mp', 'mx', 'ok', 're', 'cl', 'h', 'c', 'au', 'pl', 's', 'f', 'g'];
  const args = ['auto', 'v720', 'mp3', 'file', '../..', '-1', '', 'a', 'first', 'on', '1'];
  const bad = ['-1', '0', '9e9', '١', '99999999999999999999', ' 1', '1 ', '0x1'];
  return random
    .pick([
      ...[real, real],
      `${random.pick(verbs)}:${id}`,
      `${random.pick(verbs)}:${id}:${random.pick(args)}`,
      `${random.pick(verbs)}:${random.pick(bad)}`,
      random.pick(ADMIN_DATA),
      String.fromCharCode(
        ...Array.from({ length: 1 + random.below(20) }, () => 1 + random.below(300)),
      ),
    ])
    .slice(0, 60);
}
