import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALI, EMMA } from '../../node/sandbox/bot-api/personas.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { type Conversation, conversation } from '../support/conversation.ts';
import { type Scene, startScene } from '../support/scene.ts';

const MB = 1024 * 1024;
let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ MAX_FILE_MB: '2' }, { maxUploadBytes: 2 * MB });
});
afterAll(() => scene?.close());

describe.each([
  { lang: 'en' as const, person: EMMA },
  { lang: 'fa' as const, person: ALI },
])('too large to send, in $lang', ({ lang, person }) => {
  const t = textsFor(lang);
  let chat: Conversation;
  beforeAll(() => {
    chat = conversation(scene, person);
  });

  it('offers the whole in parts that play by themselves, in order, or the audio', async () => {
    const asked = chat.say(`${scene.site.url}/clip.mp4?to=${lang}`);
    const offer = await chat.sees({ button: /✂️/, replyTo: asked });
    expect(offer.text).toMatch(/[0-9a-f]{8}/);
    const label = offer.buttons.flat().find((text) => text.includes('✂️'));
    expect(offer.buttons.flat().some((text) => text.startsWith('🎵') || text.includes('🎵'))).toBe(
      true,
    );
    expect(label).toBe(t.offer.parts({ height: 0, parts: 3 }));
    await chat.press(offer, /✂️/);
    const parts = await scene.telegram.api.waitFor(() => {
      const videos = chat.seen().filter((m) => m.kind === 'video' && m.replyTo === asked);
      return videos.at(-1)?.buttons.length ? videos : undefined;
    }, 60_000);
    expect(parts.length).toBeGreaterThan(2);
    for (const [at, part] of parts.entries()) {
      expect(part.bytes).toBeLessThanOrEqual(2 * MB);
      expect(part.text).toContain(
        t
          .caption({ title: 'x', bytes: 1, why: 'asked', part: { n: at + 1, of: parts.length } })
          .split('\n')[1],
      );
    }
    const raw = scene.telegram.api
      .messages(person.id)
      .filter((m) => parts.some(({ id }) => id === m.message_id));
    const seconds = raw.reduce((sum, m) => sum + (m.video?.duration ?? 0), 0);
    expect(seconds).toBeGreaterThanOrEqual(5);
    expect(seconds).toBeLessThanOrEqual(8);
    await chat.gone(offer.id);
  });

  it('brings the audio of what is too large', async () => {
    const asked = chat.say(`${scene.site.url}/clip.mp4?sound=${lang}`);
    const offer = await chat.sees({ button: /🎵/, replyTo: asked });
    await chat.press(offer, /🎵/);
    await chat.sees({ kind: 'audio', replyTo: asked });
  });
});
