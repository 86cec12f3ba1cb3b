/** Conversations that need sites nobody can have at hand: live streams, premieres, failures. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { ADMIN } from '../../../node/sandbox/bot-api/personas.ts';
import type { User } from '../../../node/sandbox/bot-api/shapes.ts';
import type { VisibleMessage } from '../../../node/sandbox/bot-api/visible.ts';
import { type ErrorCode, JobError } from '../../../shared/errors.ts';
import { formatFor } from '../../../shared/format.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { type Conversation, conversation } from '../../support/conversation.ts';
import { type Desk, newcomer, startDesk } from '../../support/desk.ts';
import { fromBot, GROUP } from '../../support/talk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk({
    ffmpeg: inject('ffmpeg'),
    env: { ADMIN_IDS: String(ADMIN.id), RATE_LIMIT_GLOBAL_PER_MIN: '0' },
  });
});
afterAll(() => desk?.close());

const SITE = 'https://site.example';
const HOUR = 3_600_000;
const fits = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
/** The eight digits under a failure. */
const errorId = ({ text }: VisibleMessage) => /\b[0-9a-f]{8}\b/.exec(text)?.[0] ?? '';

describe.each(['en', 'fa'] as const)('in %s', (lang) => {
  const t = textsFor(lang);
  let chat: Conversation;
  let person: User;
  let next = 0;
  beforeEach(() => {
    // Somebody new each time: Telegram lets a bot say one thing a second to each person.
    person = newcomer(lang);
    chat = conversation(desk, person);
    desk.pages.clear();
    desk.beforeDownload.run = () => {};
    desk.downloads.length = 0;
  });
  /** A link nobody has sent yet. */
  const link = (name: string) => {
    next += 1;
    return `${SITE}/${name}/${lang}${next}`;
  };
  const media = (replyTo: number) =>
    chat.seen().filter((m) => m.replyTo === replyTo && m.kind !== 'text');
  const fails = (code: ErrorCode, times: number) => {
    let left = times;
    desk.beforeDownload.run = () => {
      left -= 1;
      if (left >= 0) throw new JobError(code, 'as ordered');
    };
  };

  it('refuses a live stream and a premiere with when to come back', async () => {
    desk.pages.set('live', () => ({ live: 'live', formats: [] }));
    const live = chat.say(link('live'));
    await chat.sees({ text: fits(t.errors.live({})), replyTo: live });

    const until = Date.now() + 5 * HOUR;
    desk.pages.set('premiere', () => ({ live: 'upcoming', formats: [], startsAt: until }));
    const soon = chat.say(link('premiere'));
    const words = await chat.sees({ text: fits(t.errors.upcoming({ until })), replyTo: soon });
    expect(words.text).toContain(formatFor(lang).when(until));
    expect(errorId(words)).not.toBe('');

    desk.pages.set('undated', () => ({ live: 'upcoming', formats: [] }));
    const some = chat.say(link('undated'));
    await chat.sees({ text: fits(t.errors.upcoming({})), replyTo: some });
  });

  it('tries a failed link again by its button, as it was asked for', async () => {
    fails('convert_failed', 1);
    const asked = chat.say(link('again'));
    const failure = await chat.sees({ button: fits(t.buttons.retry), replyTo: asked });
    expect(failure.text).toContain(t.errors.convert_failed({}));
    expect(await chat.press(failure, fits(t.buttons.retry))).toBe(t.toast.working);
    const video = await chat.sees({ kind: 'video', replyTo: asked });
    expect(video.text).toContain('small');
    await chat.gone(failure.id);
    expect(desk.downloads[0]?.format).toBe('720');
  });

  it.each(
    lang === 'fa'
      ? [
          ['۳۶۰', 'video', '360'],
          ['صدا', 'audio', undefined],
        ]
      : [
          ['360p', 'video', '360'],
          ['audio', 'audio', undefined],
        ],
  )(
    'brings what is written beside a link, %s, whatever the settings say',
    async (wish, kind, format) => {
      chat.say('/settings mode ask');
      await chat.sees({ text: fits(t.settings.saved) });
      chat.say('/settings audio mp3');
      const asked = chat.say(`${link('wished')} ${wish}`);
      const sent = await chat.sees({ kind: kind as 'video' | 'audio', replyTo: asked });
      expect(sent.text).toContain(lang === 'fa' ? 'همان که خواستید' : 'as you asked');
      const [plan] = desk.downloads;
      if (format) expect(plan?.format).toBe(format);
      else expect(plan?.audio?.format).toBe('mp3');
      const menus = chat.seen().filter(({ buttons }) => buttons.flat().includes(t.buttons.close));
      expect(menus, 'nothing was asked about it').toEqual([]);
      const next = chat.say(link('unwished'));
      await chat.sees({ button: fits(t.buttons.close), replyTo: next });
    },
  );

  it.each(
    lang === 'fa'
      ? [
          ['پیوند صدا', 'audio', 'mp3', 'all'],
          ['۳۶۰ پیوند', 'video', '360', 'range'],
        ]
      : [
          ['link mp3', 'audio', 'mp3', 'all'],
          ['360p link', 'video', '360', 'range'],
        ],
  )('brings what is written beside a link of a list, «%s», for each of it', async (...wished) => {
    const [words, kind, format, taken] = wished;
    const items = [1, 2, 3].map((n) => link(`item${n}`));
    const entries = items.map((url, n) => ({ url, title: `Item ${n + 1}` }));
    desk.pages.set('list', () => ({ title: 'Evening stories', entries, formats: [] }));
    chat.say('/settings mode ask');
    chat.say('/settings audio mp3');
    await chat.sees({ text: fits(t.settings.saved) });
    const asked = chat.say(words.replace(/link|پیوند/, link('list')));
    const picker = await chat.sees({ button: fits(t.list.all(3)), replyTo: asked });
    if (taken === 'all') await chat.press(picker, fits(t.list.all(3)));
    else {
      await chat.press(picker, fits(t.list.typeRange));
      await chat.sees({ button: fits(t.buttons.back) });
      chat.say('1-3');
    }
    const sent = () => media(asked).filter((one) => one.kind === kind);
    await desk.telegram.api.waitFor(() => sent().length === 3);
    expect(media(asked)).toHaveLength(3);
    for (const { text } of sent())
      expect(text).toContain(lang === 'fa' ? 'همان که خواستید' : 'as you asked');
    expect(desk.downloads.map((plan) => plan.audio?.format ?? plan.format)).toEqual([
      ...[format, format, format],
    ]);
    const menus = chat.seen().filter(({ buttons }) => buttons.flat().includes(t.buttons.close));
    expect(menus, 'nothing was asked about its items').toEqual([]);
  });

  it('offers a lower quality after a failure', async () => {
    fails('timed_out', 1);
    const asked = chat.say(link('lower'));
    const failure = await chat.sees({ button: fits(t.buttons.lower), replyTo: asked });
    await chat.press(failure, fits(t.buttons.lower));
    const menu = await chat.sees({ button: /360p/, replyTo: asked });
    expect(menu.id).toBe(failure.id);
    await chat.press(menu, /360p/);
    await chat.sees({ kind: 'video', replyTo: asked });
    expect(desk.downloads.map(({ format }) => format)).toEqual(['360']);
    await chat.gone(menu.id);
  });

  it('offers the sound after a failure and under a video, in the format the person has set', async () => {
    chat.say('/settings audio mp3');
    await chat.sees({ text: fits(t.settings.saved) });
    fails('timed_out', 1);
    const asked = chat.say(link('sound'));
    const failure = await chat.sees({ button: fits(t.buttons.audio), replyTo: asked });
    await chat.press(failure, fits(t.buttons.audio));
    await chat.sees({ kind: 'audio', replyTo: asked });
    const shown = chat.say(link('shown'));
    const video = await chat.sees({ kind: 'video', replyTo: shown });
    chat.say('/settings audio opus');
    await desk.telegram.api.waitFor(
      () => chat.seen().filter(({ text }) => text === t.settings.saved).length > 1,
    );
    await chat.press(video, fits(t.buttons.audio));
    await desk.telegram.api.waitFor(() => media(shown).length === 2, 30_000);
    expect(desk.downloads.map(({ audio }) => audio?.format)).toEqual(['mp3', undefined, 'opus']);
  });

  it('brings subtitles by language from a menu of their own', async () => {
    const asked = chat.say(link('words'));
    const video = await chat.sees({ kind: 'video', replyTo: asked });
    await chat.press(video, fits(t.buttons.otherQuality));
    const menu = await chat.sees({ button: fits(t.menu.subtitlesMenu), replyTo: asked });
    await chat.press(menu, fits(t.menu.subtitlesMenu));
    const names = new Intl.DisplayNames(lang, { type: 'language' });
    const persian = t.menu.subtitles({ language: names.of('fa') ?? '', auto: false });
    const english = t.menu.subtitles({ language: names.of('en') ?? '', auto: true });
    const page = await chat.sees({ button: fits(persian), replyTo: asked });
    expect(page.buttons.flat()).toEqual([persian, english, t.buttons.back, t.buttons.close]);
    await chat.press(page, fits(t.buttons.back));
    await chat.sees({ button: /720p/, replyTo: asked });
    await chat.press(menu, fits(t.menu.subtitlesMenu));
    await chat.press(await chat.sees({ button: fits(persian) }), fits(persian));
    const file = await chat.sees({ kind: 'document', replyTo: asked });
    expect(file.bytes).toBeGreaterThan(20);
    expect(file.text).toContain(names.of('fa'));
    expect(desk.downloads.at(-1)?.subtitles).toEqual({ language: 'fa', auto: false });
  });

  it('gives every failure a number that an admin, and nobody else, can look up', async () => {
    fails('private_video', 1);
    const asked = chat.say(link('secret'));
    const failure = await chat.sees({ text: fits(t.errors.private_video({})), replyTo: asked });
    const admin = conversation(desk, ADMIN);
    const look = admin.say(`/log ${errorId(failure)}`);
    const found = await admin.sees({ replyTo: look });
    expect(found.text).toContain('private_video');
    expect(found.text).toContain('/secret/');
    expect(found.text).toContain('as ordered');
    const mine = chat.say(`/log ${errorId(failure)}`);
    expect((await chat.sees({ replyTo: mine })).text).toBe(t.unknownCommand);
  });

  it.each(['/lang', '/forget_me'])(
    'says in a group that %s is for the private chat, where its buttons work',
    async (command) => {
      const { api } = desk.telegram;
      const asked = api.say(GROUP, person, { text: command }).message_id;
      const answer = await api.waitFor(
        () => fromBot(desk, GROUP).find(({ replyTo }) => replyTo === asked),
        30_000,
      );
      expect(answer.buttons).toEqual([]);
      expect(answer.text).toBe(t.group.inPrivate);
    },
  );

  it('asks in a group as well when its person is always asked, and only that person', async () => {
    const { api } = desk.telegram;
    chat.say('/settings mode ask');
    await chat.sees({ text: fits(t.settings.saved) });
    const asked = api.say(GROUP, person, { text: link('group'), threadId: 11 }).message_id;
    const answers = () => fromBot(desk, GROUP).filter(({ replyTo }) => replyTo === asked);
    const menu = await api.waitFor(
      () => answers().find(({ buttons }) => buttons.length > 2),
      30_000,
    );
    expect(menu.threadId).toBe(11);
    const raw = api.messages(GROUP).find(({ message_id }) => message_id === menu.id);
    const pick = raw?.reply_markup?.inline_keyboard[0]?.[0]?.callback_data ?? '';
    const toast = async (who: typeof person) => {
      const query = api.press(menu.id, pick, who);
      return (await api.waitFor(() => api.world.callbackAnswers.get(query), 30_000)).text;
    };
    expect(await toast(newcomer('en'))).toBe(textsFor('en').toast.notYours);
    expect(await toast(person)).toBe(t.toast.working);
    await api.waitFor(() => answers().find(({ kind }) => kind === 'video'), 30_000);
  });
});
