import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBot } from '../support/bot.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { files, fromBot, GROUP, tap, until, write } from '../support/talk.ts';

const EN = 1001;
const FA = 1002;

describe('a link to a list', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({ MAX_CONCURRENT_DOWNLOADS: '2' });
  });
  afterAll(() => scene?.close());

  const feed = (query: string) => `${scene.site.url}/feed.xml?${query}`;
  const picker = (user: number, asked: number) =>
    until(scene, user, (m) => m.replyTo === asked && m.buttons.length > 1);

  it('asks what to take, and brings the first ten in one counted batch', async () => {
    const asked = scene.say(EN, feed('n=12&of=a'));
    const ask = await picker(EN, asked);
    expect(ask.text).toContain('Evening stories');
    expect(ask.text).toContain('list of 12');
    expect(ask.buttons).toEqual([['First 10', 'All 12'], ['Choose a range…']]);
    await tap(scene, { chat: EN, message: ask.id, label: 'First 10' });
    const running = await until(scene, EN, (m) => m.id === ask.id && /of 10 done/.test(m.text));
    expect(running.buttons).toEqual([['⏸ Pause', 'Cancel']]);
    await files(scene, EN, asked, 10);
    const done = await until(scene, EN, (m) => m.id === ask.id && /All done/.test(m.text));
    expect(done.text).toBe('✅ All done: 10 of 10.');
    expect(done.buttons).toEqual([]);
  });

  it('takes a typed range in Persian, asks again for a wrong one', async () => {
    const asked = scene.say(FA, feed('n=30&of=b'));
    const ask = await picker(FA, asked);
    expect(ask.text).toContain('شامل ۳۰ مورد');
    await tap(scene, { chat: FA, message: ask.id, label: 'بازه' });
    await until(scene, FA, (m) => m.id === ask.id && m.text.includes('بازه را بفرستید'));
    const wrong = scene.say(FA, 'سی تا چهل');
    await until(scene, FA, (m) => m.replyTo === wrong && m.text.includes('دو عدد بین ۱ و ۳۰'));
    scene.say(FA, '۳ تا ۵، ۹');
    const sent = await files(scene, FA, asked, 4);
    expect(sent).toHaveLength(4);
    await until(scene, FA, (m) => m.text.includes('تمام شد: ۴ از ۴'));
    expect(fromBot(scene, FA).some(({ id }) => id === ask.id)).toBe(false);
    const episodes = scene.site.requests.filter(({ path }) => path.includes('of=b-'));
    expect(new Set(episodes.map(({ path }) => path.split('of=b-')[1]))).toEqual(
      new Set(['3', '4', '5', '9']),
    );
  });

  it('pauses and goes on, also across a restart', async () => {
    scene.site.throttle(60_000);
    const asked = scene.say(EN, `${feed('n=6&of=c')}`);
    const ask = await picker(EN, asked);
    await tap(scene, { chat: EN, message: ask.id, label: 'All 6' });
    await until(scene, EN, (m) => m.id === ask.id && /of 6 done/.test(m.text));
    await tap(scene, { chat: EN, message: ask.id, label: 'Pause' });
    const paused = await until(scene, EN, (m) => m.id === ask.id && /^⏸ Paused/.test(m.text));
    expect(paused.buttons).toEqual([['▶️ Go on', 'Cancel']]);
    scene.site.throttle(undefined);
    await scene.bot.stop();
    const again = await startBot({ env: scene.env, dataDir: scene.bot.dataDir });
    const before = scene.answers(EN, asked).filter(({ kind }) => kind === 'video').length;
    expect(before).toBeLessThan(6);
    await tap(scene, { chat: EN, message: ask.id, label: 'Go on' });
    await files(scene, EN, asked, 6);
    await until(scene, EN, (m) => m.id === ask.id && m.text === '✅ All done: 6 of 6.');
    scene.bot = again;
  });

  it('is cancelled as a whole, and a second tap on the picker does nothing', async () => {
    const asked = scene.say(EN, feed('n=5&of=d'));
    const ask = await picker(EN, asked);
    scene.site.throttle(20_000);
    const taps = ['All 5', 'All 5'].map((label) =>
      tap(scene, { chat: EN, message: ask.id, label }),
    );
    expect((await Promise.all(taps)).sort()).toEqual(['On it…', 'Too late, it is done already.']);
    await until(scene, EN, (m) => m.id === ask.id && /of 5 done/.test(m.text));
    await tap(scene, { chat: EN, message: ask.id, label: 'Cancel' });
    await until(scene, EN, (m) => m.id === ask.id && /^Stopped\./.test(m.text));
    scene.site.throttle(undefined);
    expect(scene.answers(EN, asked).filter(({ kind }) => kind === 'video')).toHaveLength(0);
  });

  it('explains an entry that cannot be had and counts it', async () => {
    const asked = scene.say(FA, feed('n=3&bad=2&of=e'));
    const ask = await picker(FA, asked);
    await tap(scene, { chat: FA, message: ask.id, label: 'همهٔ ۳' });
    await files(scene, FA, asked, 2);
    await until(scene, FA, (m) => m.replyTo === asked && m.text.includes('Episode 2'));
    await until(scene, FA, (m) => m.id === ask.id && m.text.includes('۲ از ۳؛ ۱ ناموفق'));
  });

  it('belongs to who sent it: nobody else in the group can pick', async () => {
    const asked = write(scene, GROUP, EN, feed('n=3&of=f'));
    const ask = await picker(GROUP, asked);
    const other = { chat: GROUP, message: ask.id, label: 'All 3', who: FA };
    expect(await tap(scene, other)).toMatch(/فقط کسی که/);
    expect(fromBot(scene, GROUP).filter(({ kind }) => kind === 'video')).toHaveLength(0);
  });
});
