import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answerQuestion,
  type CrashScene,
  nextPerson,
  seenBy,
  startCrashScene,
} from '../support/crash.ts';

describe('what Telegram can do to a delivery', () => {
  let scene: CrashScene;
  beforeAll(async () => {
    scene = await startCrashScene();
  });
  afterAll(() => scene?.close());

  const people = (count: number) => Array.from({ length: count }, nextPerson);
  const ask = (user: number) =>
    scene.telegram.api.say(user, user, `${scene.site.url}/of/${user}/small.mp4`);
  const until = (look: () => boolean, ms = 90_000) => scene.telegram.api.waitFor(look, ms);
  const seen = (user: number) => seenBy(scene.telegram, user);

  it('asks twenty people whose answers were lost and shows each exactly one video', async () => {
    const users = people(20);
    scene.telegram.api.faults.add({ method: 'sendVideo', kind: 'cut-after', times: 20 });
    for (const user of users) ask(user);
    await until(() => users.every((user) => seen(user).question));
    expect(users.map((user) => seen(user).media.length)).toEqual(users.map(() => 1));
    for (const user of users) await answerQuestion(scene.telegram, user);
    expect(users.map((user) => seen(user).media.length)).toEqual(users.map(() => 1));
  });

  it('sends again what did not arrive, once, however often the button is tapped', async () => {
    const user = nextPerson();
    const { api } = scene.telegram;
    api.faults.add({ method: 'sendVideo', kind: 'cut-before' });
    ask(user);
    await until(() => seen(user).question !== undefined);
    expect(seen(user).media).toEqual([]);
    const question = seen(user).question?.id ?? 0;
    const message = api.messages(user).find(({ message_id }) => message_id === question);
    const again = message?.reply_markup?.inline_keyboard.flat()[1]?.callback_data ?? '';
    for (const _ of [1, 2, 3, 4]) api.press(question, again, user);
    const answers = () =>
      api.calls.filter(({ method, doneAt }) => method === 'answerCallbackQuery' && doneAt).length;
    const before = answers();
    await until(() => seen(user).media.length > 0 && answers() >= before + 4);
    expect(seen(user).media).toHaveLength(1);
  });

  it('delivers everything through a storm of 429s, and sends nothing before it may', async () => {
    const users = people(12);
    const { api } = scene.telegram;
    const from = api.calls.length;
    api.faults.add({ method: 'sendVideo', kind: 'flood', retryAfter: 2, times: 12 });
    api.faults.add({ method: 'sendMessage', kind: 'flood', retryAfter: 1, times: 8 });
    for (const user of users) ask(user);
    await until(() => users.every((user) => seen(user).media.length > 0));
    expect(users.map((user) => seen(user).media.length)).toEqual(users.map(() => 1));
    const calls = api.calls.slice(from);
    for (const user of users) {
      const mine = calls.filter(({ fields }) => Number(fields.chat_id) === user);
      const told = mine.findIndex(({ method, error }) => method === 'sendVideo' && error);
      if (told < 0) continue;
      const freeAt = (mine[told]?.doneAt ?? 0) + 2000;
      const early = mine.slice(told + 1).filter(({ at, method }) => {
        return method.startsWith('send') && at < freeAt - 50;
      });
      expect(early).toEqual([]);
    }
  });

  it('ends the job of a person who blocked the bot and tells nobody', async () => {
    const user = nextPerson();
    scene.site.throttle(60_000);
    ask(user);
    await scene.site.asked(`/of/${user}/small.mp4`);
    scene.telegram.api.blockBot(user);
    scene.site.throttle(undefined);
    await scene.bot.logged(({ msg, code }) => msg === 'job ended' && code === 'blocked_by_user');
    expect(seen(user).media).toEqual([]);
  });

  it('keeps a finished job while Telegram is out of reach and delivers it afterwards', async () => {
    const user = nextPerson();
    // Before the upload begins: of a small file every byte could have left when it is cut.
    scene.site.throttle(60_000);
    ask(user);
    await scene.site.asked(`/of/${user}/small.mp4`);
    scene.wire.refuse(true);
    scene.site.throttle(undefined);
    await scene.bot.logged('job waits');
    scene.wire.refuse(false);
    await until(() => seen(user).media.length > 0);
    expect(seen(user)).toMatchObject({ question: undefined, failure: undefined });
    expect(seen(user).media).toHaveLength(1);
  });
});
