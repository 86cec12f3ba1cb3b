import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALI, EMMA } from '../../node/sandbox/bot-api/personas.ts';
import { type Conversation, conversation } from '../support/conversation.ts';
import { type Scene, startScene } from '../support/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.close());

const PEOPLE = [
  {
    lang: 'English',
    person: EMMA,
    other: /Other quality/,
    which: /Which one would you like/,
    low: /360p · ≈/,
    close: /Close/,
    mp3: /mp3/,
    original: /Original file · \d/,
  },
  {
    lang: 'Persian',
    person: ALI,
    other: /کیفیت دیگر/,
    which: /کدام را می‌خواهید/,
    low: /360p.* · ≈/,
    close: /بستن/,
    mp3: /mp3/,
    original: /فایل اصلی · .*[۰-۹]/,
  },
] as const;

describe.each(PEOPLE)('the quality menu in $lang', (t) => {
  let chat: Conversation;
  beforeAll(() => {
    chat = conversation(scene, t.person);
  });

  it('opens under a delivery without a second look at the site, and brings what is picked', async () => {
    const asked = chat.say(`${scene.site.url}/hls/master.m3u8`);
    const first = await chat.sees({ kind: 'video', replyTo: asked });
    expect(first.text).toMatch(/720/);
    const looks = scene.site.count('/hls/master.m3u8');
    await chat.press(first, t.other);
    const menu = await chat.sees({ text: t.which, replyTo: asked });
    expect(scene.site.count('/hls/master.m3u8')).toBe(looks);
    expect(menu.buttons.flat().filter((label) => /720|360/.test(label))).toHaveLength(2);
    await chat.press(menu, t.low);
    const low = await scene.telegram.api.waitFor(
      () => chat.seen().find(({ kind, text }) => kind === 'video' && /360/.test(text)),
      60_000,
    );
    expect(low.replyTo).toBe(asked);
    await chat.gone(menu.id);
  });

  it('shows the exact size of a plain file and delivers audio from it', async () => {
    const asked = chat.say(`${scene.site.url}/clip.mp4`);
    const video = await chat.sees({ kind: 'video', replyTo: asked });
    await chat.press(video, t.other);
    const menu = await chat.sees({ text: t.which, replyTo: asked });
    expect(menu.buttons.flat().join('\n')).toMatch(t.original);
    await chat.press(menu, t.mp3);
    const song = await chat.sees({ kind: 'audio', replyTo: asked });
    expect(song.bytes).toBeGreaterThan(1000);
    await chat.gone(menu.id);
  });

  it('counts one pick of a menu, however often it is tapped, and none after it was closed', async () => {
    const asked = chat.say(`${scene.site.url}/clip.mp4?taps=${t.person.id}`);
    const video = await chat.sees({ kind: 'video', replyTo: asked });
    await chat.press(video, t.other);
    const menu = await chat.sees({ text: t.which, replyTo: asked });
    const data = chat.dataOf(menu, /m4a/);
    await Promise.all([1, 2, 3, 4].map(() => chat.forge(menu, data)));
    await chat.sees({ kind: 'audio', replyTo: asked });
    await chat.gone(menu.id);
    expect(chat.seen().filter((m) => m.kind === 'audio' && m.replyTo === asked)).toHaveLength(1);

    await chat.press(video, t.other);
    const second = await chat.sees({ text: t.which, replyTo: asked });
    const pick = chat.dataOf(second, /opus/);
    await chat.press(second, t.close);
    await chat.gone(second.id);
    expect(await chat.forge(video, pick)).not.toBe('');
  });
});
