import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';
import { files, fromBot, tap, until } from '../support/talk.ts';

const EN = 1001;
const FA = 1002;

describe('several links in one message', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({ MAX_CONCURRENT_DOWNLOADS: '2' });
  });
  afterAll(() => scene?.close());
  const link = (path: string) => `${scene.site.url}${path}`;
  const clip = (name: string) => link(`/small.mp4?of=${name}`);

  it('are one batch: one status message that counts, every file, nothing left over', async () => {
    const links = ['a', 'b', 'c', 'a'].map(clip);
    const asked = scene.say(EN, `look:\n${links.join('\n')}\nnice, aren't they?`);
    const counted = await until(scene, EN, ({ text }) => / of 3 done/.test(text));
    expect(counted).toMatchObject({ replyTo: asked, buttons: [['Cancel']] });
    await files(scene, EN, asked, 3);
    const { api } = scene.telegram;
    await api.waitFor(() => scene.answers(EN, asked).every(({ kind }) => kind === 'video'));
    expect(scene.answers(EN, asked)).toHaveLength(3);
  });

  it('explain each failure by the link it is about, in Persian too', async () => {
    const asked = scene.say(FA, [clip('d'), link('/dead'), link('/empty-page')].join(' '));
    await files(scene, FA, asked, 1);
    const gone = await until(scene, FA, ({ text }) => text.includes('/dead'));
    const empty = await until(scene, FA, ({ text }) => text.includes('/empty-page'));
    for (const { text, replyTo } of [gone, empty]) {
      expect(text).toMatch(/خطای \u2068[0-9a-f]{8}/);
      expect(replyTo).toBe(asked);
    }
    await scene.telegram.api.waitFor(() => scene.answers(FA, asked).length === 3);
  });

  it('are stopped by one button, and that is said once', async () => {
    const slow = ['1', '2', '3', '4'].map((n) => link(`/slow.mp4?rate=20000&of=${n}`));
    const asked = scene.say(EN, slow.join('\n'));
    const status = await until(scene, EN, (m) => m.replyTo === asked && / of 4 done/.test(m.text));
    await scene.site.asked('/slow.mp4', 2);
    expect(await tap(scene, { chat: EN, message: status.id, label: 'Cancel' })).toBe('Stopped.');
    const { text } = await until(scene, EN, (m) => m.id === status.id && /Stopped/.test(m.text));
    expect(text).toBe('Stopped. 0 of 4 had arrived.');
    expect(scene.answers(EN, asked)).toHaveLength(1);
  });

  it('beyond ten are named and left out', async () => {
    const links = Array.from({ length: 12 }, (_, at) => clip(`many${at % 11}`));
    const asked = scene.say(FA, links.join('\n'));
    await until(scene, FA, ({ text }) => text.includes('۱۰ پیوند اول'));
    await files(scene, FA, asked, 10);
  });

  it('are found in captions, forwards and behind words', async () => {
    const { api } = scene.telegram;
    const words = 'watch this';
    const entities = [{ type: 'text_link', offset: 0, length: 5, url: clip('hidden') }];
    const hidden = api.say(EN, EN, { text: words, entities, forwarded: true }).message_id;
    await files(scene, EN, hidden, 1);
  });

  it('get one helpful line when there is none', async () => {
    for (const [user, line] of [
      [EN, /don't see a link/],
      [FA, /پیوندی پیدا نکردم/],
    ] as const) {
      const asked = scene.say(user, 'hello there');
      await until(scene, user, (m) => m.replyTo === asked && line.test(m.text));
      expect(fromBot(scene, user).filter(({ replyTo }) => replyTo === asked)).toHaveLength(1);
    }
  });
});
