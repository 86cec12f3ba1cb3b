import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';
import { files, GROUP, until } from '../support/talk.ts';

const EN = 1001;
const FA = 1002;

describe('inline mode', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene();
  });
  afterAll(() => scene?.close());

  const clip = (name: string) => `${scene.site.url}/small.mp4?of=${name}`;
  const ask = async (who: number, query: string) => {
    const { api } = scene.telegram;
    const id = api.inline(who, query);
    await api.waitFor(() => api.world.inlineAnswers.get(id));
    const answer = api.world.inlineAnswers.get(id);
    const button = answer?.button as { text: string; start_parameter: string } | undefined;
    return { id, results: answer?.results ?? [], button };
  };

  it.each([
    [EN, 'Fetch this file first', 'Back to the chat', /Here it is|send it/],
    [FA, 'اول این فایل را دریافت کن', 'بازگشت به گفت‌وگو', /بفرمایید/],
  ] as const)(
    'fetches an unknown link in private, shows the way back (%i)',
    async (who, label, back, words) => {
      const { api } = scene.telegram;
      const query = clip(`for-${who}`);
      const first = await ask(who, query);
      expect(first.results).toEqual([]);
      expect(first.button?.text).toContain(label.slice(0, 8));
      expect(first.button?.start_parameter).toMatch(/^[\w-]{1,64}$/);

      const start = scene.say(who, `/start ${first.button?.start_parameter}`);
      await files(scene, who, start, 1);
      const way = await until(scene, who, (m) => words.test(m.text));
      const [button] =
        api
          .messages(who)
          .find((m) => m.message_id === way.id)
          ?.reply_markup?.inline_keyboard.flat() ?? [];
      expect(button).toMatchObject({ text: back, switch_inline_query: query });

      const second = await ask(who, query);
      expect(second.results).toMatchObject([{ type: 'video' }]);
      const sent = api.driver.choose(second.id, String(second.results[0]?.id), GROUP);
      expect(sent.video?.duration).toBeGreaterThan(0);
      expect(sent.caption).toContain('small');
    },
  );

  it('gives nobody the link of another person, nor an old one', async () => {
    const { button } = await ask(EN, clip('private'));
    const other = scene.say(FA, `/start ${button?.start_parameter}`);
    await until(scene, FA, (m) => m.replyTo === other && m.text.includes('قدیمی'));
    const unknown = scene.say(EN, `/start ${'x'.repeat(24)}`);
    await until(scene, EN, (m) => m.replyTo === unknown && m.text.includes('too old'));
    expect(scene.site.requests.some(({ path }) => path.includes('of=private'))).toBe(false);
  });

  it('hints at what to type when there is no link', async () => {
    const { results, button } = await ask(FA, 'سلام');
    expect(results).toEqual([]);
    expect(button?.text).toContain('پیوند');
    const start = scene.say(FA, `/start ${button?.start_parameter}`);
    await until(scene, FA, (m) => m.replyTo === start && m.text.includes('پستچی'));
  });
});
