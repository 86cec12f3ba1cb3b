import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALI, EMMA } from '../../node/sandbox/bot-api/personas.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { type Conversation, conversation } from '../support/conversation.ts';
import { type Scene, startScene } from '../support/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.close());

const fits = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));

describe.each([
  { lang: 'en' as const, person: EMMA, range: '0:02-0:04', typed: '1-3', first: '0:00-0:01' },
  {
    lang: 'fa' as const,
    person: ALI,
    range: 'از ۰:۰۲ تا ۰:۰۴',
    typed: '۱ تا ۳',
    first: 'از ۰:۰۰ تا ۰:۰۱',
  },
])('clips in $lang', ({ lang, person, range, typed, first }) => {
  const t = textsFor(lang);
  let chat: Conversation;
  beforeAll(() => {
    chat = conversation(scene, person);
  });
  const lasts = (id: number) =>
    scene.telegram.api.messages(person.id).find((m) => m.message_id === id)?.video?.duration;

  it.each(['/clip.mp4', '/hls/master.m3u8'])(
    'cuts exactly the part written after %s',
    async (path) => {
      const before = scene.site.requests.length;
      const asked = chat.say(`${scene.site.url}${path} ${range}`);
      const clip = await chat.sees({ kind: 'video', replyTo: asked });
      expect(lasts(clip.id)).toBe(2);
      expect(clip.text).toContain('✂️');
      const segments = scene.site.requests.slice(before).filter((one) => one.path.endsWith('.ts'));
      expect(segments.length, 'only the segment between the two seconds').toBeLessThan(2);
    },
  );

  it('cuts the beginning of a stream in segments to the second', async () => {
    const asked = chat.say(`${scene.site.url}/hls/master.m3u8?only=${lang} ${first}`);
    const clip = await chat.sees({ kind: 'video', replyTo: asked });
    expect(lasts(clip.id)).toBe(1);
  });

  it('asks for the range after the button and takes it from the next words', async () => {
    const asked = chat.say(`${scene.site.url}/hls/master.m3u8`);
    const video = await chat.sees({ kind: 'video', replyTo: asked });
    await chat.press(video, fits(t.buttons.clip));
    const question = await chat.sees({ text: fits(t.clip.ask({ duration: 6 }).slice(0, 12)) });
    expect(question.replyTo).toBe(asked);
    chat.say(lang === 'fa' ? 'همان اولش' : 'the beginning please');
    await chat.sees({ text: fits(t.clip.badFormat) });
    const answer = chat.say(typed);
    const clip = await chat.sees({ kind: 'video', replyTo: answer });
    expect(lasts(clip.id)).toBe(2);
    // The question is answered: the same words mean nothing now.
    const again = chat.say(typed);
    await chat.sees({ text: fits(t.noLink), replyTo: again });
  });

  it.each(['0:04-0:02', '0:30-0:40'])('refuses the range %s in words', async (bad) => {
    const written = chat.say(`${scene.site.url}/hls/master.m3u8 ${bad}`);
    await chat.sees({ text: fits(t.errors.bad_clip({})), replyTo: written });
    const asked = chat.say(`${scene.site.url}/hls/master.m3u8`);
    const video = await chat.sees({ kind: 'video', replyTo: asked });
    await chat.press(video, fits(t.buttons.clip));
    await scene.telegram.api.waitFor(() =>
      chat.seen().some((m) => m.replyTo === asked && m.kind === 'text'),
    );
    const answer = chat.say(bad);
    await chat.sees({ text: fits(t.errors.bad_clip({})), replyTo: answer });
    // The question stays open: the range mended is taken without the button.
    const mended = chat.say(typed);
    const clip = await chat.sees({ kind: 'video', replyTo: mended });
    expect(lasts(clip.id)).toBe(2);
  });

  it('refuses a part after the end of a plain file whose length only the file tells', async () => {
    const written = chat.say(`${scene.site.url}/clip.mp4 0:30-0:40`);
    await chat.sees({ text: fits(t.errors.bad_clip({})), replyTo: written });
  });
});
